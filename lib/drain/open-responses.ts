import type { ServerResponse } from 'node:http';
import { memberOf } from '../validation/values.js';

/** The responses of HTTP/2 that are not sent in full yet: one connection has many at once. */
export class OpenStreams {
  readonly all = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    // A client may have cancelled before anybody could listen.
    if (isClosed(response)) return;
    this.all.add(response);
    closingOf(response).once('close', () => this.all.delete(response));
  }
}

/** By its class: a request line of HTTP/1 may say `HTTP/2.0`, which Node believes. */
export function isOfHttp2(response: ServerResponse): boolean {
  return 'stream' in response;
}

/** What emits `close`: with HTTP/2 only the stream does if the client has reset it before the response was made. */
interface Closing {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

interface Watched {
  readonly listener: () => void;
  readonly emitter: Closing;
  /** How many calls wait for it. */
  count: number;
}

/** Calls back when a response ends: one listener for each response, however many calls wait for it, and none without them. */
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
  // An HTTP/2 response has lost its stream when that was closed.
  return (
    'stream' in response && (memberOf(stream, 'destroyed') !== false || memberOf(stream, 'closed') === true)
  );
}

/** What emits `close` when a response has ended. */
function closingOf(response: ServerResponse): Closing {
  const stream = memberOf(response, 'stream');
  return typeof memberOf(stream, 'once') === 'function' ? (stream as Closing) : response;
}
