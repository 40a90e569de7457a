import type { RedisCommands, SingleClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { isOfWrongServer } from './redis-errors.js';

/** Before it connects again to a server that answers, but cannot be used. */
const RETRY_MS = 1_000;

/**
 * The connection that this package makes for itself: made when it is needed, and anew if one is given up. The name of the
 * server is looked up each time.
 */
export class OwnClient {
  readonly #readyListeners = new Set<() => void>();
  #connection: RedisConnection | null = null;
  #failure: Error | null = null;
  #retry: NodeJS.Timeout | undefined;
  #isReleased = false;
  #calls = 0;

  constructor(private readonly make: () => SingleClient) {}

  /** Another client with the same settings. */
  duplicate(): SingleClient {
    return this.make();
  }

  /** From now on it stays connected, also after a {@link release}. */
  hold(): void {
    this.#isReleased = false;
  }

  /** Calls back whenever it is connected; returns what stops it. */
  onReady(listener: () => void): () => void {
    this.#readyListeners.add(listener);
    return () => this.#readyListeners.delete(listener);
  }

  /** @throws at once while it cannot be connected, and what the call throws. */
  async use<T>(call: (commands: RedisCommands) => Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      if (this.#failure !== null) throw this.#failure;
      const connection = (this.#connection ??= this.#open());
      await connection.connected();
      return await call(connection.commands).catch((error: unknown) => {
        if (isOfWrongServer(error)) this.#renew(connection, error as Error);
        throw error;
      });
    } finally {
      this.#calls -= 1;
      // A straggler after the end of its application must not hold a connection, and the process with it.
      if (this.#isReleased && this.#calls === 0) this.#end();
    }
  }

  /** Ends the connection. It may be used again: then it connects for each call, until it is held. */
  release(): void {
    this.#isReleased = true;
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#retry);
    this.#failure = null;
    this.#connection?.discard();
    this.#connection = null;
  }

  /** For one that may reach another server: after a failover the name may be that of another. */
  #renew(connection: RedisConnection, why: Error): void {
    connection.discard(why);
    if (this.#connection === connection) this.#reopen(0);
  }

  #open(): RedisConnection {
    const connection = new RedisConnection(this.make(), 'ROLE', {
      ready: () => this.#readyListeners.forEach((listener) => listener()),
      dead: (why, isSilent) => {
        if (this.#connection !== connection) return;
        this.#failure = isSilent ? null : why;
        this.#reopen(isSilent ? 0 : RETRY_MS);
      },
    });
    return connection;
  }

  #reopen(afterMs: number): void {
    this.#connection = null;
    clearTimeout(this.#retry);
    if (this.#isReleased) return;
    this.#retry = setTimeout(() => {
      this.#failure = null;
      this.#connection ??= this.#open();
      // What it fails with is told to whoever uses it.
      this.#connection.connected().catch(() => undefined);
    }, afterMs).unref();
  }
}
