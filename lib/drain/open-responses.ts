import type { ServerResponse } from 'node:http';
import { memberOf } from '../validation/values.js';

/** The responses of HTTP/2 that are not sent in full yet: one connection has many at once. */
export class OpenStreams {
  readonly all = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    // The client may have cancelled it already.
    if (isClosed(response)) return;
    this.all.add(response);
    closingOf(response).once('close', () => this.all.delete(response));
  }
}

/** By its class, not `httpVersion`: Node accepts a request line of HTTP/1 that says `HTTP/2.0`. */
export function isOfHttp2(response: ServerResponse): boolean {
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
export class ResponseEnds {
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
