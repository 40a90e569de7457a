import { memberOf } from '../validation/member.js';
import type { KeyvLike } from './cache-store.js';

/**
 * Hears of the errors of a Keyv and of what stands behind it. Both keep them from whoever calls them by default: a read
 * of a dead Redis resolves to `undefined`, a write to `true`, and only an `error` event tells.
 */
export class StoreErrors {
  #count = 0;
  #last: unknown;
  readonly #sources: readonly unknown[];
  #isListening = false;
  readonly #listener = (error: unknown): void => {
    this.#count += 1;
    this.#last = error;
  };

  constructor(keyv: KeyvLike) {
    // A Keyv with `emitErrors: false` keeps back those of its store, which tells them itself.
    this.#sources = [keyv, memberOf(keyv, 'store')];
    this.#listen();
  }

  /** Gives, when it is called, an error since now; undefined where there was none. It may be that of another call. */
  fromNow(): () => Error | undefined {
    this.#listen();
    const before = this.#count;
    return () => (this.#count === before ? undefined : toError(this.#last));
  }

  /** Until it is used again: several applications may use the same cache one after the other. */
  close(): void {
    if (this.#isListening && this.#sources.every((source) => source === undefined || canLeave(source))) {
      this.#isListening = false;
      this.#each('off');
    }
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#each('on');
  }

  #each(method: 'on' | 'off'): void {
    for (const source of this.#sources) {
      const call = memberOf(source, method);
      if (typeof call === 'function') Reflect.apply(call, source, ['error', this.#listener]);
    }
  }
}

/** A source without `off` would get the same listener twice. */
function canLeave(source: unknown): boolean {
  return typeof memberOf(source, 'on') !== 'function' || typeof memberOf(source, 'off') === 'function';
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
