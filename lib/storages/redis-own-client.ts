import type { SingleClient } from './redis-client.js';

/**
 * A client that this package has made: connected when it is first needed, for ever connecting again, gone for good when told.
 * Of what goes wrong its calls tell; an `error` event that nobody listens to would end the process.
 */
export class OwnClient {
  /** Why it is not connected. */
  #error: Error | null = null;
  /** Between a failure and the next attempt, or before the socket is there, node-redis has nothing that it could destroy. */
  #hasSocket = false;
  #isDiscarded = false;
  #waiting: (() => void)[] = [];

  constructor(readonly client: SingleClient) {
    client.on('error', (error: unknown) => {
      this.#hasSocket = false;
      this.#settle(error instanceof Error ? error : new Error(String(error)));
    });
    client.on('connect', () => (this.#hasSocket = true));
    client.on('ready', () => this.#settle(null));
    for (const event of ['error', 'reconnecting', 'connect'])
      client.on(event, () => this.#destroyIfDiscarded());
  }

  /**
   * Resolves once it is connected; connects if nobody has.
   *
   * @throws at once while it cannot be connected: for what the last attempt has failed with.
   */
  async connected(): Promise<void> {
    if (this.#isDiscarded) throw new Error('The Redis client is closed.');
    // What it fails with is told by an event. A client that has given up for good, by the application's own strategy, is
    // asked again.
    if (!this.client.isOpen) void this.client.connect().catch(() => undefined);
    if (!this.client.isReady && this.#error === null) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (!this.client.isReady) throw this.#error ?? new Error('The Redis client is closed.');
  }

  /** Ends it, in whatever state it is, without waiting for a server that may not answer. */
  discard(): void {
    this.#isDiscarded = true;
    if (this.client.isReady || this.#hasSocket) this.#destroyIfDiscarded();
    this.#settle(new Error('The Redis client is closed.'));
  }

  #destroyIfDiscarded(): void {
    // A client that was destroyed while its socket was not there yet would connect all the same.
    if (this.#isDiscarded && this.client.isOpen) this.client.destroy();
  }

  #settle(error: Error | null): void {
    this.#error = error;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
