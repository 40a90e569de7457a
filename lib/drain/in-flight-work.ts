import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { defer, finalize, isObservable, type Observable } from 'rxjs';
import type { DrainResult } from '../interfaces/maintenance-status.js';
import { responseOn } from '../internals/node-http.js';
import { memberOf } from '../validation/values.js';

/** One call of `drained`, and what it still waits for. */
interface Drain {
  readonly left: Set<WorkItem | ServerResponse>;
  readonly except: object | undefined;
  readonly finish: () => void;
}

/** A connection of HTTP/1, with the last handler that has not given its reply back. Streams of HTTP/2 are counted separately. */
interface Connection {
  response: ServerResponse | null;
  promise: Promise<unknown> | null;
}

/**
 * The work in flight: handlers, responses, and jobs passed to `trackWork`, until they have really ended.
 *
 * A request costs almost nothing while `drained` is not called: a connection keeps the promise of a handler that will give its
 * reply back, and the promise is observed only if `drained` is called, if the connection is closed, or if the handler still runs
 * at its next request.
 */
export class InFlightWork {
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
   * Counts a handler that has been called, with its guards, until its promise is settled.
   *
   * @param givesBack whether `gaveBack` will be called when it is done.
   */
  handlerCalled(response: ServerResponse, promise: Promise<unknown>, givesBack: boolean): void {
    const connection = givesBack ? this.#connectionOf(response) : undefined;
    if (connection === undefined) {
      const item = this.#observe(response, promise);
      if (givesBack) this.#handlers.set(response, item);
      return;
    }
    // A pipelined request, or a handler that keeps running after its response.
    this.#observeLast(connection);
    connection.response = response;
    connection.promise = promise;
  }

  /**
   * Called when a handler returns its reply: the handler is done, and the response counts separately while it is open. The
   * promise of the handler also waits for the response, for ever if the client has disconnected: Node emits no event for a
   * cancelled stream of HTTP/2, or for a pipelined response that never had its turn.
   */
  readonly gaveBack = (response: ServerResponse): void => {
    const connection = this.#connectionOf(response);
    if (connection?.response === response) {
      connection.response = null;
      connection.promise = null;
      return;
    }
    const item = this.#handlers.get(response);
    if (item && isCounted(response)) this.end(item);
  };

  /**
   * Adds an item; `end` must be called when the work itself is done, not only its response.
   *
   * @param known objects by which a caller of `drained` may exclude it, besides the request of its response.
   */
  begin(response?: ServerResponse, known?: readonly unknown[]): WorkItem {
    const item = new WorkItem(response, known);
    this.#running.add(item);
    return item;
  }

  /** May be called more than once. */
  end(item: WorkItem): void {
    if (this.#running.delete(item) && this.#drains.size > 0) this.#takeOut(item);
  }

  /** Runs a handler that is not in the router, and counts it until its promise is settled or its `Observable` has completed. */
  run(handler: () => unknown, response?: ServerResponse, known?: readonly unknown[]): unknown {
    const item = this.begin(response, known);
    try {
      return this.#endWith(item, handler());
    } catch (error) {
      this.end(item);
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
      for (const connection of this.#connections.values()) this.#observeLast(connection);
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

  /** Returns the result, and ends the item when it does: a promise, an `Observable`, or a promise of an `Observable`. */
  #endWith(item: WorkItem, result: unknown): unknown {
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => this.#endWith(item, value),
        (error: unknown) => {
          this.end(item);
          throw error;
        },
      );
    }
    if (isObservable(result)) return this.#counted(item, result);
    this.end(item);
    return result;
  }

  /** Nest drops the stream of a gRPC call that was cancelled before it began: without a subscriber there is no work. */
  #counted(item: WorkItem, source: Observable<unknown>): Observable<unknown> {
    const unused = setImmediate(() => this.end(item));
    return defer(() => {
      clearImmediate(unused);
      const own = this.#running.has(item) ? item : this.begin(item.response, item.known);
      return source.pipe(finalize(() => this.end(own)));
    });
  }

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
    const connection: Connection = { response: null, promise: null };
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#observeLast(connection);
    });
  }

  #observe(response: ServerResponse, promise: Promise<unknown>): WorkItem {
    const item = this.begin(response);
    const end = (): void => this.end(item);
    promise.then(end, end);
    return item;
  }

  /** Begins to observe the handler whose promise a connection has kept. */
  #observeLast(connection: Connection): void {
    const { response, promise } = connection;
    if (response === null || promise === null) return;
    connection.response = null;
    connection.promise = null;
    this.#handlers.set(response, this.#observe(response, promise));
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

/** A running handler or job. */
class WorkItem {
  constructor(
    readonly response: ServerResponse | undefined,
    /** Objects by which a caller of `drained` may exclude it. */
    readonly known: readonly unknown[] | undefined,
  ) {}
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
    const result = handler.call(this, request, response, next);
    if (result instanceof Promise) {
      const raw = rawResponse ? rawResponse(response) : (response as ServerResponse);
      work.handlerCalled(raw, result, givesBack);
    }
    return result;
  };
}

/** The responses of HTTP/2 that are not sent in full yet: one connection has many at once. */
class OpenStreams {
  readonly all = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    // The client may have cancelled it already.
    if (isClosed(response)) return;
    this.all.add(response);
    closingOf(response).once('close', () => this.all.delete(response));
  }
}

/** By its class, not `httpVersion`: Node accepts a request line of HTTP/1 that says `HTTP/2.0`. */
function isOfHttp2(response: ServerResponse): boolean {
  return 'stream' in response;
}

/** The emitter of `close`: with HTTP/2 only the stream emits it if the client has reset it before the response was created. */
interface Closing {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

interface Watched {
  readonly listener: () => void;
  readonly emitter: Closing;
  /** The number of calls that wait for it. */
  count: number;
}

/** Calls back when a response ends, with one listener for each response, however many calls wait for it. */
class ResponseEnds {
  readonly #watched = new Map<ServerResponse, Watched>();

  constructor(private readonly ended: (response: ServerResponse) => void) {}

  /** Calls back at once if the response has ended. */
  watch(response: ServerResponse): void {
    if (isClosed(response)) {
      this.ended(response);
      return;
    }
    const known = this.#watched.get(response);
    if (known) {
      known.count += 1;
      return;
    }
    const listener = (): void => {
      this.#watched.delete(response);
      this.ended(response);
    };
    const emitter = closingOf(response);
    this.#watched.set(response, { listener, emitter, count: 1 });
    emitter.once('close', listener);
  }

  /** Removes one of the calls that wait. */
  forget(response: ServerResponse): void {
    const known = this.#watched.get(response);
    if (!known) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.#watched.delete(response);
    known.emitter.off('close', known.listener);
  }
}

/** Whether a response has been sent in full, or its connection or stream is gone. */
function isClosed(response: ServerResponse): boolean {
  if (response.closed || response.writableFinished) return true;
  const stream = memberOf(response, 'stream');
  // An HTTP/2 response has no stream after that was closed.
  return (
    'stream' in response && (memberOf(stream, 'destroyed') !== false || memberOf(stream, 'closed') === true)
  );
}

/** The object that emits `close` when a response has ended. */
function closingOf(response: ServerResponse): Closing {
  const stream = memberOf(response, 'stream');
  return typeof memberOf(stream, 'once') === 'function' ? (stream as Closing) : response;
}
