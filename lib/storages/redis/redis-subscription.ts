import { memberOf } from '../../validation/values.js';
import {
  destroyClient,
  type RedisClientLike,
  type RedisCommands,
  type SingleClient,
  type Subscribing,
} from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/** A message arrives within milliseconds of the change. After this time it is lost. */
const GRACE_MS = 1_000;
const REOPEN_AFTER_MS = 2_000;

/** Ends a subscription without waiting. */
type End = () => void;

/**
 * Subscribes to a channel on a separate connection, since a subscribed one can do nothing else, and subscribes again if that is
 * lost. Calls back at each message, and whenever one may have been missed.
 */
export class RedisSubscription {
  #end: End | null = null;
  #isStopped = false;
  #lastMessageAt = -Infinity;
  #seen: string | null | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor(
    /** The application's client, which is duplicated; or a function that makes a client. */
    private readonly source: RedisCommands | (() => SingleClient),
    private readonly channel: string,
    private readonly onChange: () => void,
  ) {}

  /** @throws if subscribing is refused, or a cluster or sentinel cannot be reached. */
  async open(): Promise<void> {
    await this.#subscribe();
    this.#notify();
  }

  /**
   * Takes the version that a read has found. If it is new and there was no message for it, the connection may be dead without an
   * error.
   */
  found(version: string | null): void {
    const isNews = this.#seen !== undefined && this.#seen !== version;
    this.#seen = version;
    if (!isNews || this.#end === null) return;
    const since = performance.now() - GRACE_MS;
    clearTimeout(this.#graceTimer);
    this.#graceTimer = setTimeout(() => {
      if (this.#lastMessageAt < since) this.#reopen(0);
    }, GRACE_MS).unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#reopenTimer);
    clearTimeout(this.#graceTimer);
    this.#finish();
  }

  #reopen(afterMs: number): void {
    if (this.#isStopped) return;
    this.#finish();
    clearTimeout(this.#reopenTimer);
    this.#reopenTimer = setTimeout(
      () => void this.open().catch(() => this.#reopen(REOPEN_AFTER_MS)),
      afterMs,
    ).unref();
  }

  /** Called before subscribing, since a frozen server may never answer. */
  #begin(end: End): void {
    if (this.#isStopped) end();
    else this.#end = end;
  }

  #finish(): void {
    this.#end?.();
    this.#end = null;
  }

  #notify(): void {
    if (!this.#isStopped) this.onChange();
  }

  readonly #onMessage = (): void => {
    this.#lastMessageAt = performance.now();
    this.#notify();
  };

  async #subscribe(): Promise<void> {
    if (typeof this.source === 'function') return this.#subscribeSingle(this.source());
    const { client, kind } = this.source;
    switch (kind) {
      case 'sentinel':
        return this.#subscribeSentinel(client as Subscribing);
      case 'cluster':
        return this.#subscribeCluster(client as SingleClient);
      case 'pool':
        return this.#subscribeSingle(await duplicateOfPool(client));
      default:
        return this.#subscribeSingle((client as SingleClient).duplicate());
    }
  }

  /** Resolves when it is known whether Redis can be reached now. If not, the client keeps trying, and subscribes later. */
  async #subscribeSingle(duplicate: SingleClient): Promise<void> {
    let isSubscribed = false;
    const connection = new RedisConnection(duplicate, 'PING', {
      // node-redis subscribes again at each later connection; messages may have been missed before.
      ready: () => {
        if (isSubscribed) this.#notify();
        else if (isOpened) subscribe().then(() => this.#notify(), lost);
      },
      givenUp: () => this.#reopen(0),
    });
    let isEnded = false;
    let isOpened = false;
    const end = (): void => {
      isEnded = true;
      connection.discard();
    };
    this.#begin(end);
    const lost = (): void => {
      if (!isEnded) this.#reopen(REOPEN_AFTER_MS);
    };
    const subscribe = async (): Promise<void> => {
      await duplicate.subscribe(this.channel, this.#onMessage);
      isSubscribed = true;
    };
    // A client that has stopped reconnecting, by the application's own strategy.
    duplicate.on('error', () => void (duplicate.isOpen || lost()));
    const isConnected = await connection.connected().then(
      () => true,
      () => false,
    );
    try {
      if (isConnected) await subscribe();
    } catch (error) {
      end();
      throw error;
    } finally {
      isOpened = true;
    }
  }

  async #subscribeCluster(cluster: SingleClient): Promise<void> {
    // It only needs the node to which it subscribes.
    const duplicate = cluster.duplicate({ minimizeConnections: true });
    duplicate.on('error', () => undefined);
    duplicate.on('node-ready', () => this.#notify());
    const end = (): void => destroyClient(duplicate);
    this.#begin(end);
    try {
      await duplicate.connect();
      await duplicate.subscribe(this.channel, this.#onMessage);
    } catch (error) {
      end();
      throw error;
    }
  }

  /** A sentinel client has a separate connection for subscriptions, and moves it to the new master. */
  async #subscribeSentinel(sentinel: Subscribing): Promise<void> {
    const notify = (): void => this.#notify();
    this.#begin(() => {
      sentinel.off('topology-change', notify);
      // It may be closed, or have no server now.
      void (async () => sentinel.unsubscribe(this.channel, this.#onMessage))().catch(() => undefined);
    });
    sentinel.on('topology-change', notify);
    await sentinel.subscribe(this.channel, this.#onMessage);
  }
}

/** Through a client of the pool, which duplicating does not change. */
async function duplicateOfPool(pool: RedisClientLike): Promise<SingleClient> {
  const execute = memberOf(pool, 'execute') as (
    use: (client: SingleClient) => SingleClient,
  ) => Promise<SingleClient>;
  return execute.call(pool, (client) => client.duplicate());
}
