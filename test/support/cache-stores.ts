import KeyvRedis, { createKeyv, type KeyvRedisOptions } from '@keyv/redis';
import { Keyv } from 'keyv';

const opened = new Set<Keyv>();

/** A Keyv over Redis as its documentation makes it: while Redis is down, its calls wait. */
export function redisKeyv(url: string, options?: KeyvRedisOptions): Keyv {
  return remembered(createKeyv(url, options));
}

/** One that gives up at once while Redis is down. */
export function impatientKeyv(url: string): Keyv {
  return remembered(createKeyv({ url, disableOfflineQueue: true, socket: { reconnectStrategy: false } }));
}

/** For `afterEach`: ends the connections, also those that are still being made: `disconnect` would wait for them. */
export async function disconnectKeyvs(): Promise<void> {
  const keyvs = [...opened];
  opened.clear();
  for (const { store } of keyvs) {
    if (store instanceof KeyvRedis && store.client.isOpen) await store.client.destroy();
  }
}

function remembered(keyv: Keyv): Keyv {
  opened.add(keyv);
  return keyv;
}

type Fault = 'none' | 'emits' | 'throws' | 'refuses' | 'forgets' | 'keeps the old';

/** A store that fails as stores of Keyv do: with an event and the answer of an empty one, or in ways of its own. */
export class SwallowingStore {
  readonly opts = {};
  fault: Fault = 'none';
  readonly #map = new Map<string, unknown>();
  readonly #listeners = new Set<(error: unknown) => void>();

  on(event: string, listener: (error: unknown) => void): this {
    if (event === 'error') this.#listeners.add(listener);
    return this;
  }

  off(event: string, listener: (error: unknown) => void): this {
    if (event === 'error') this.#listeners.delete(listener);
    return this;
  }

  async get(key: string): Promise<unknown> {
    if (this.fault === 'forgets') return undefined;
    return this.#fails() ? undefined : this.#map.get(key);
  }

  async set(key: string, value: unknown): Promise<boolean> {
    if (this.fault === 'refuses') return false;
    // The write fails, and reads go on: a replica that takes no writes.
    if (this.fault === 'keeps the old') this.emit(new Error('read only'));
    else if (!this.#fails()) this.#map.set(key, value);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.#map.delete(key);
  }

  async clear(): Promise<void> {
    this.#map.clear();
  }

  emit(error: Error): void {
    for (const listener of this.#listeners) listener(error);
  }

  #fails(): boolean {
    if (this.fault === 'throws') throw new Error('thrown on purpose');
    if (this.fault === 'emits') this.emit(new Error('emitted on purpose'));
    return this.fault === 'emits';
  }
}
