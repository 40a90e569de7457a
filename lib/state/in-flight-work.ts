import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { DrainResult } from '../contracts/drain-result.js';
import { LinkedList } from './linked-list.js';
import { WorkPiece } from './work-piece.js';

type OpenResponses = () => readonly ServerResponse[];

/** Everything that has begun and has not truly ended: handlers, responses, and jobs that somebody has told of. */
export class InFlightWork {
  readonly #running = new LinkedList<WorkPiece>();
  readonly #callers = new AsyncLocalStorage<WorkPiece>();
  #openCallers = 0;
  #openResponses: OpenResponses = () => [];

  /** The responses that are not sent in full yet, whatever serves them. */
  watchResponses(openResponses: OpenResponses): void {
    this.#openResponses = openResponses;
  }

  /** Its `end` is to be called when the work is done, and not only its response. */
  begin(response?: ServerResponse): WorkPiece {
    const piece = new WorkPiece(this.#running, response);
    this.#running.add(piece);
    return piece;
  }

  /**
   * Runs a handler that could ask to be drained, so that it is known who asks. Node follows asynchronous calls only while
   * such a handler runs, since in Node before 24 that slows down every promise.
   */
  runAsCaller<T>(piece: WorkPiece, handler: () => T): T {
    this.#openCallers += 1;
    piece.whenEnded(() => {
      this.#openCallers -= 1;
      if (this.#openCallers === 0) this.#callers.disable();
    });
    return this.#callers.run(piece, handler);
  }

  /** Runs what is neither a handler of the router nor a response, until what it gives back is settled, or over. */
  run(handler: () => unknown, mayDrain: boolean, response?: ServerResponse): unknown {
    const piece = this.begin(response);
    try {
      return piece.endWith(mayDrain ? this.runAsCaller(piece, handler) : handler());
    } catch (error) {
      piece.end();
      throw error;
    }
  }

  /** Waits for what is in flight now; not for who asks, nor for others who wait in the same way. */
  async drained(timeoutMs: number | undefined): Promise<DrainResult> {
    const caller = this.#callers.getStore();
    if (caller) caller.waiters += 1;
    try {
      const left = await this.#whatIsLeft(timeoutMs);
      return { drained: left === 0, remaining: left };
    } finally {
      if (caller) caller.waiters -= 1;
    }
  }

  #whatIsLeft(timeoutMs: number | undefined): Promise<number> {
    return new Promise((resolve) => {
      // How much of each request or job is still to end: its handlers, and its response.
      const left = new Map<object, number>();
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve(left.size), timeoutMs);
      const hold = (item: object): void => void left.set(item, (left.get(item) ?? 0) + 1);
      const release = (item: object): void => {
        const count = (left.get(item) ?? 0) - 1;
        if (count > 0) left.set(item, count);
        else left.delete(item);
        if (left.size > 0) return;
        clearTimeout(timer);
        resolve(0);
      };
      const all = this.#running.all();
      const waiting = new Set(all.filter(({ waiters }) => waiters > 0).map(requestOf));
      const pieces = all.filter((piece) => !waiting.has(requestOf(piece)));
      const responses = this.#openResponses().filter((response) => !waiting.has(response));
      for (const item of [this, ...pieces.map(requestOf), ...responses]) hold(item);
      for (const piece of pieces) piece.whenEnded(() => release(requestOf(piece)));
      for (const response of responses) whenClosed(response, () => release(response));
      // When all of them are held.
      release(this);
    });
  }
}

/** What a piece of work counts as: several, of one request, are one. */
function requestOf(piece: WorkPiece): object {
  return piece.response ?? piece;
}

function whenClosed(response: ServerResponse, callback: () => void): void {
  if (response.closed || response.writableFinished) callback();
  else response.once('close', callback);
}
