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
  readonly #listener = (error: unknown): void => {
    this.#count += 1;
    this.#last = error;
  };

  constructor(keyv: KeyvLike) {
    // A Keyv with `emitErrors: false` keeps back those of its store, which tells them itself.
    this.#sources = [keyv, memberOf(keyv, 'store')];
    this.#each('on');
  }

  /** Gives, when it is called, an error since now; undefined where there was none. It may be that of another call. */
  fromNow(): () => Error | undefined {
    const before = this.#count;
    return () => (this.#count === before ? undefined : toError(this.#last));
  }

  close(): void {
    this.#each('off');
  }

  #each(method: 'on' | 'off'): void {
    for (const source of this.#sources) {
      const call = memberOf(source, method);
      if (typeof call === 'function') Reflect.apply(call, source, ['error', this.#listener]);
    }
  }
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
