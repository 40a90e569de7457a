import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { DrainResult } from '../contracts/drain-result.js';
import { WorkPiece } from './work-piece.js';

type OpenResponses = () => readonly ServerResponse[];

/** Everything that has begun and has not truly ended: handlers, responses, and jobs that somebody has told of. */
export class InFlightWork {
  readonly #running = new Set<WorkPiece>();
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
      const left = new Set<object>();
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve(left.size), timeoutMs);
      const remove = (item: object): void => {
        left.delete(item);
        if (left.size > 0) return;
        clearTimeout(timer);
        resolve(0);
      };
      const pieces = [...this.#running];
      for (const piece of pieces) if (piece.waiters === 0) left.add(piece);
      const ofPieces = new Set(pieces.map(({ response }) => response));
      const responses = this.#openResponses().filter((response) => !ofPieces.has(response));
      for (const response of responses) left.add(response);
      for (const piece of pieces) {
        if (left.has(piece)) piece.whenEnded(() => whenClosed(piece.response, () => remove(piece)));
      }
      for (const response of responses) whenClosed(response, () => remove(response));
      remove(this);
    });
  }
}

function whenClosed(response: ServerResponse | undefined, callback: () => void): void {
  if (response === undefined || response.closed || response.writableFinished) callback();
  else response.once('close', callback);
}
