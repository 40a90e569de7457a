import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DrainResult } from '../interfaces/maintenance-status.js';
import { memberOf } from '../validation/values.js';
import { isOfHttp2, OpenStreams, ResponseEnds } from './open-responses.js';
import { responseOn } from '../internals/node-http.js';
import { finalize, isObservable } from 'rxjs';
import { Socket } from 'node:net';

/** One call of `drained`, and what it still waits for. */
interface Drain {
  readonly left: Set<WorkItem | ServerResponse>;
  readonly except: object | undefined;
  readonly finish: () => void;
}

/** A connection of HTTP/1. Of HTTP/2 each stream stands for itself. */
interface Connection {
  /** The handler that it has run last. */
  handler: WorkItem | null;
}

/**
 * The work in flight: handlers, responses, and jobs passed to `trackWork`, until they have really ended.
 *
 * A request costs next to nothing while nobody asks: a connection keeps the promise of its last handler, and that is waited
 * for only if `drained` is called, if the connection is closed, or if its next request finds the handler still working.
 */
export class InFlightWork {
  /** What is waited for. */
  readonly #running = new Set<WorkItem>();
  readonly #drains = new Set<Drain>();
  readonly #connections = new Map<Socket, Connection>();
  readonly #streams = new OpenStreams();
  readonly #responseEnds = new ResponseEnds((response) => this.#ended(response));
  /** Those of `#running` that are handlers, for `gaveBack`. */
  readonly #handlers = new WeakMap<ServerResponse, WorkItem>();

  /** Called for each HTTP request, before anything else. */
  see({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!this.#connections.has(socket)) this.#meet(socket, response);
  }

  /**
   * Begins the handler of a route, with its guards before it.
   *
   * @param givesBack whether `gaveBack` will be called when it is done. Otherwise its promise is waited for at once.
   */
  beginHandler(response: ServerResponse, givesBack: boolean): WorkItem {
    const item = new WorkItem(this.#itemEnded, response, undefined);
    const connection = givesBack ? this.#connectionOf(response) : undefined;
    if (connection === undefined) {
      this.#waitFor(item, givesBack);
      return item;
    }
    // A pipelined request, or a handler that goes on after its answer.
    if (connection.handler !== null) this.#waitFor(connection.handler);
    connection.handler = item;
    return item;
  }

  /**
   * Called when a handler gives its response back: it is done, and the response counts by itself while it is open. The
   * promise of the handler waits for the response as well, for ever if the client has gone away: Node tells nothing more of
   * a cancelled stream of HTTP/2, or of a pipelined response that never had its turn.
   */
  gaveBack(response: ServerResponse): void {
    const connection = this.#connectionOf(response);
    if (connection?.handler?.response === response) {
      connection.handler.end();
      connection.handler = null;
    } else if (isCounted(response)) this.#handlers.get(response)?.end();
  }

  /**
   * Adds an item; its `end` must be called when the work itself is done, not only its response.
   *
   * @param known what a caller of `drained` may exclude it by, besides the request of its response.
   */
  begin(response?: ServerResponse, known?: readonly unknown[]): WorkItem {
    const item = new WorkItem(this.#itemEnded, response, known);
    this.#running.add(item);
    return item;
  }

  /** Runs a handler that the router does not know, and counts it until its promise is settled or its `Observable` is finished. */
  run(handler: () => unknown, response?: ServerResponse, known?: readonly unknown[]): unknown {
    const item = this.begin(response, known);
    try {
      return item.endWith(handler());
    } catch (error) {
      item.end();
      throw error;
    }
  }

  /**
   * Waits for what is in flight now, except for `except` and for the `except` of other callers that are waiting: they would
   * wait for each other.
   */
  drained(timeoutMs?: number, except?: object): Promise<DrainResult> {
    return new Promise((resolve) => {
      const exempt = [...this.#drains].map((drain) => drain.except).concat(except);
      for (const { handler } of this.#connections.values()) if (handler !== null) this.#waitFor(handler);
      const isWaitedFor = (item: WorkItem | ServerResponse): boolean =>
        !exempt.some((named) => named !== undefined && isNamed(item, named));
      const left = new Set([...this.#running, ...this.#openResponses()].filter(isWaitedFor));
      const drain: Drain = {
        left,
        except,
        finish: () => {
          clearTimeout(timer);
          this.#drains.delete(drain);
          for (const item of left) if (!(item instanceof WorkItem)) this.#responseEnds.forget(item);
          const remaining = new Set([...left].map(requestOf)).size;
          resolve({ drained: remaining === 0, remaining });
        },
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(drain.finish, timeoutMs);
      this.#drains.add(drain);
      for (const item of left) if (!(item instanceof WorkItem)) this.#responseEnds.watch(item);
      if (left.size === 0) drain.finish();
    });
  }

  readonly #itemEnded = (item: WorkItem): void => {
    if (this.#running.delete(item)) this.#ended(item);
  };

  #connectionOf(response: ServerResponse): Connection | undefined {
    const socket = socketOf(response);
    return socket && this.#connections.get(socket);
  }

  #meet(socket: Socket, response: ServerResponse): void {
    if (isOfHttp2(response)) this.#streams.add(response);
    // `inject()` has none that could be closed.
    else if (socket instanceof Socket && !socket.destroyed) this.#addConnection(socket);
  }

  #addConnection(socket: Socket): void {
    const connection: Connection = { handler: null };
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      if (connection.handler !== null) this.#waitFor(connection.handler);
    });
  }

  #waitFor(item: WorkItem, givesBack = true): void {
    if (item.hasEnded || this.#running.has(item)) return;
    this.#running.add(item);
    if (givesBack && item.response) this.#handlers.set(item.response, item);
    item.endWithPromise();
  }

  /** The responses that are not sent in full yet, whatever serves them. */
  #openResponses(): readonly ServerResponse[] {
    const responses = [...this.#connections.keys()].map((socket) => responseOn(socket));
    return [...responses.filter((response) => response !== undefined), ...this.#streams.all];
  }

  #ended(item: WorkItem | ServerResponse): void {
    for (const drain of this.#drains) {
      if (drain.left.delete(item) && drain.left.size === 0) drain.finish();
    }
  }
}

/** What an item counts as: all items of one request count as one. */
function requestOf(item: WorkItem | ServerResponse): object {
  return item instanceof WorkItem ? (item.response ?? item) : item;
}

/** Whether the item belongs to the framework's request, to Node's own, or to what the transport has named. */
function isNamed(item: WorkItem | ServerResponse, named: object): boolean {
  const response = item instanceof WorkItem ? item.response : item;
  const request: unknown = response?.req;
  const isRequest = request !== undefined && (request === named || request === memberOf(named, 'raw'));
  return isRequest || (item instanceof WorkItem && item.known?.includes(named) === true);
}

/** A response without a connection, as of `inject()`, is not counted by itself. */
function isCounted(response: ServerResponse): boolean {
  return isOfHttp2(response) || socketOf(response) instanceof Socket;
}

/** A response of HTTP/2 has no request any more if its stream is closed. */
function socketOf({ req }: ServerResponse): Socket | undefined {
  return (req as IncomingMessage | undefined)?.socket;
}

/** One running handler or job. One is made for each request, so its members are plain ones. */
export class WorkItem {
  hasEnded = false;
  private promise: Promise<unknown> | undefined;
  private endsWithPromise = false;

  constructor(
    private readonly ended: (item: WorkItem) => void,
    readonly response: ServerResponse | undefined,
    /** What a caller of `drained` may exclude it by. */
    readonly known: readonly unknown[] | undefined,
  ) {}

  /** May be called more than once. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.promise = undefined;
    this.ended(this);
  }

  /** Says what the handler has returned. A promise is only kept, until `endWithPromise` is called. */
  returned(result: unknown): void {
    if (!(result instanceof Promise)) this.end();
    else if (!this.hasEnded) {
      this.promise = result;
      if (this.endsWithPromise) this.endWithPromise();
    }
  }

  /** Ends with the promise that the handler returns, or has returned. */
  endWithPromise(): void {
    this.endsWithPromise = true;
    const end = (): void => this.end();
    this.promise?.then(end, end);
  }

  /** Returns the result, and ends with it: with a promise, with an `Observable`, and with the `Observable` of a promise. */
  endWith(result: unknown): unknown {
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => this.endWith(value),
        (error: unknown) => {
          this.end();
          throw error;
        },
      );
    }
    if (isObservable(result)) return result.pipe(finalize(() => this.end()));
    this.end();
    return result;
  }
}

type RouteHandler = (request: object, response: object, next?: (error?: unknown) => void) => unknown;

/**
 * Counts a handler as work in flight until it has truly ended, with its guards before it: a client that goes away does not
 * end it.
 */
export function trackHandler(
  work: InFlightWork,
  handler: RouteHandler,
  rawResponse: (response: object) => ServerResponse,
  givesBack: boolean,
): RouteHandler {
  return function tracked(this: unknown, request, response, next) {
    const item = work.beginHandler(rawResponse(response), givesBack);
    let result: unknown;
    try {
      result = handler.call(this, request, response, next);
    } catch (error) {
      item.end();
      throw error;
    }
    item.returned(result);
    return result;
  };
}
