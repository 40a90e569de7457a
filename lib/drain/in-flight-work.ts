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

/** A connection of HTTP/1. Streams of HTTP/2 are counted separately. */
interface Connection {
  /** The last handler that it has run. */
  handler: WorkItem | null;
}

/**
 * The work in flight: handlers, responses, and jobs passed to `trackWork`, until they have really ended.
 *
 * A request costs almost nothing while `drained` is not called: a connection keeps the promise of its last handler, which is
 * observed only if `drained` is called, if the connection is closed, or if the handler still runs at its next request.
 */
export class InFlightWork {
  /** Work whose promise is observed. */
  readonly #running = new Set<WorkItem>();
  readonly #drains = new Set<Drain>();
  readonly #connections = new Map<Socket, Connection>();
  readonly #streams = new OpenStreams();
  readonly #responseEnds = new ResponseEnds((response) => this.#takeOut(response));
  /** The handlers among `#running`, for `gaveBack`. */
  readonly #handlers = new WeakMap<ServerResponse, WorkItem>();

  /** Called for each HTTP request, before anything else. */
  see({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!this.#connections.has(socket)) this.#meet(socket, response);
  }

  /**
   * Begins the handler of a route, with its guards before it.
   *
   * @param givesBack whether `gaveBack` will be called when it is done. Otherwise its promise is observed at once.
   */
  beginHandler(response: ServerResponse, givesBack: boolean): WorkItem {
    const item = new WorkItem(this.#ended, response, undefined);
    const connection = givesBack ? this.#connectionOf(response) : undefined;
    if (connection === undefined) {
      this.#running.add(item);
      item.isObserved = true;
      if (givesBack) this.#handlers.set(response, item);
      return item;
    }
    // A pipelined request, or a handler that goes on after its response.
    if (connection.handler !== null) this.#waitFor(connection.handler);
    connection.handler = item;
    return item;
  }

  /**
   * Called when a handler returns its reply: the handler is done, and the response counts separately while it is open. The
   * promise of the handler also waits for the response, for ever if the client has disconnected: Node emits no event for a
   * cancelled stream of HTTP/2, or for a pipelined response that never had its turn.
   */
  readonly gaveBack = (response: ServerResponse): void => {
    const connection = this.#connectionOf(response);
    if (connection?.handler?.response === response) {
      connection.handler.end();
      connection.handler = null;
    } else if (isCounted(response)) this.#handlers.get(response)?.end();
  };

  /**
   * Adds an item; its `end` must be called when the work itself is done, not only its response.
   *
   * @param known objects by which a caller of `drained` may exclude it, besides the request of its response.
   */
  begin(response?: ServerResponse, known?: readonly unknown[]): WorkItem {
    const item = new WorkItem(this.#ended, response, known);
    this.#running.add(item);
    return item;
  }

  /** Runs a handler that is not in the router, and counts it until its promise is settled or its `Observable` has completed. */
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
   * Waits for the work that is in flight now, except for `except` and the `except` of other callers that are waiting: these would
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

  readonly #ended = (item: WorkItem): void => {
    this.#running.delete(item);
    if (this.#drains.size > 0) this.#takeOut(item);
  };

  #connectionOf(response: ServerResponse): Connection | undefined {
    const socket = socketOf(response);
    return socket && this.#connections.get(socket);
  }

  #meet(socket: Socket, response: ServerResponse): void {
    if (isOfHttp2(response)) this.#streams.add(response);
    // `inject()` has no socket that could be closed.
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

  /** Begins to observe the handler that a connection has kept. */
  #waitFor(item: WorkItem): void {
    if (item.hasEnded || this.#running.has(item)) return;
    this.#running.add(item);
    if (item.response) this.#handlers.set(item.response, item);
    item.observe();
  }

  /** The responses that are not sent in full yet, whatever serves them. */
  #openResponses(): readonly ServerResponse[] {
    const responses = [...this.#connections.keys()].map((socket) => responseOn(socket));
    return [...responses.filter((response) => response !== undefined), ...this.#streams.all];
  }

  #takeOut(item: WorkItem | ServerResponse): void {
    for (const drain of this.#drains) {
      if (drain.left.delete(item) && drain.left.size === 0) drain.finish();
    }
  }
}

/** The object that an item counts as: all items of one request count as one. */
function requestOf(item: WorkItem | ServerResponse): object {
  return item instanceof WorkItem ? (item.response ?? item) : item;
}

/** Whether the item belongs to this request (the framework's or Node's) or to this object of its transport. */
function isNamed(item: WorkItem | ServerResponse, named: object): boolean {
  const response = item instanceof WorkItem ? item.response : item;
  const request: unknown = response?.req;
  const isRequest = request !== undefined && (request === named || request === memberOf(named, 'raw'));
  return isRequest || (item instanceof WorkItem && item.known?.includes(named) === true);
}

/** Whether the response itself is counted: not without a connection, as with `inject()`. */
function isCounted(response: ServerResponse): boolean {
  return isOfHttp2(response) || socketOf(response) instanceof Socket;
}

/** A response of HTTP/2 has no request any more if its stream is closed. */
function socketOf({ req }: ServerResponse): Socket | undefined {
  return (req as IncomingMessage | undefined)?.socket;
}

/** A running handler or job. Created for each request, so its members are not `#private`, which is slower. */
export class WorkItem {
  hasEnded = false;
  /** Whether it ends with its promise. If not, the promise is only kept, until `observe` is called. */
  isObserved = false;
  private promise: Promise<unknown> | undefined;

  constructor(
    private readonly ended: (item: WorkItem) => void,
    readonly response: ServerResponse | undefined,
    /** Objects by which a caller of `drained` may exclude it. */
    readonly known: readonly unknown[] | undefined,
  ) {}

  /** May be called more than once. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.promise = undefined;
    this.ended(this);
  }

  /** Sets the result of the handler. */
  returned(result: unknown): void {
    if (!(result instanceof Promise)) this.end();
    else if (!this.hasEnded) {
      this.promise = result;
      if (this.isObserved) this.observe();
    }
  }

  /** Ends with the promise that the handler returns, or has returned. */
  observe(): void {
    this.isObserved = true;
    const end = this.end.bind(this);
    this.promise?.then(end, end);
  }

  /** Returns the result, and ends when it does: a promise, an `Observable`, or a promise of an `Observable`. */
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
 * Counts a handler, with its guards, as work in flight until it has really ended, also if the client has disconnected.
 *
 * @param givesBack whether `gaveBack` will be called when the handler is done.
 * @param rawResponse returns Node's response; absent if the response of the framework is that.
 */
export function trackHandler(
  work: InFlightWork,
  handler: RouteHandler,
  givesBack: boolean,
  rawResponse?: (response: object) => ServerResponse,
): RouteHandler {
  return function tracked(this: unknown, request, response, next) {
    const raw = rawResponse ? rawResponse(response) : (response as ServerResponse);
    const item = work.beginHandler(raw, givesBack);
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
