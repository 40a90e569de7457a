import { memberOf } from '../../validation/member.js';
import {
  destroyClient,
  type RedisClientLike,
  type RedisCommands,
  type SingleClient,
  type Subscribing,
} from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/** A message comes within a blink of the change; after this it has been lost. */
const GRACE_MS = 1_000;
const REOPEN_AFTER_MS = 2_000;

/** Ends a feed; never waits. */
type End = () => void;

/**
 * Listens to a channel on a connection of its own, as one that has subscribed can do nothing else, and begins anew where it
 * was lost. Calls back at each message, and whenever one may have been missed.
 */
export class RedisSubscription {
  #end: End | null = null;
  #isStopped = false;
  #heardAt = -Infinity;
  #seen: string | null | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor(
    /** The application's client, of which a duplicate is made; or what makes a client. */
    private readonly source: RedisCommands | (() => SingleClient),
    private readonly channel: string,
    private readonly onChange: () => void,
  ) {}

  /** @throws where subscribing is refused, or a cluster or sentinel cannot be reached. */
  async open(): Promise<void> {
    await this.#subscribe();
    this.#tell();
  }

  /**
   * What a read has found. Where it is new and no message has told of it, the connection may be dead without knowing.
   */
  found(version: string | null): void {
    const isNews = this.#seen !== undefined && this.#seen !== version;
    this.#seen = version;
    if (!isNews || this.#end === null) return;
    const since = performance.now() - GRACE_MS;
    clearTimeout(this.#graceTimer);
    this.#graceTimer = setTimeout(() => {
      if (this.#heardAt < since) this.#reopen(0);
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

  /** From now on there is something to end, also while it only begins: a frozen server leaves it at that. */
  #begin(end: End): void {
    if (this.#isStopped) end();
    else this.#end = end;
  }

  #finish(): void {
    this.#end?.();
    this.#end = null;
  }

  #tell(): void {
    if (!this.#isStopped) this.onChange();
  }

  readonly #heard = (): void => {
    this.#heardAt = performance.now();
    this.#tell();
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

  /** Resolves when it is known whether Redis can be reached now; if not, the client goes on trying, and subscribes then. */
  async #subscribeSingle(duplicate: SingleClient): Promise<void> {
    let isSubscribed = false;
    const connection = new RedisConnection(duplicate, 'PING', {
      // From the second time on, each connection begins with what was subscribed to, and something may have been missed before.
      ready: () => {
        if (isSubscribed) this.#tell();
        else if (isOpened) subscribe().then(() => this.#tell(), lost);
      },
      dead: () => this.#reopen(0),
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
      await duplicate.subscribe(this.channel, this.#heard);
      isSubscribed = true;
    };
    // A client that has given up for good, by the application's own strategy.
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
    // Of a cluster's nodes it needs the one that it listens to.
    const duplicate = cluster.duplicate({ minimizeConnections: true });
    duplicate.on('error', () => undefined);
    duplicate.on('node-ready', () => this.#tell());
    const end = (): void => destroyClient(duplicate);
    this.#begin(end);
    try {
      await duplicate.connect();
      await duplicate.subscribe(this.channel, this.#heard);
    } catch (error) {
      end();
      throw error;
    }
  }

  /** A sentinel client has a connection for subscriptions, apart from those for commands, and moves it to the new master. */
  async #subscribeSentinel(sentinel: Subscribing): Promise<void> {
    const tell = (): void => this.#tell();
    this.#begin(() => {
      sentinel.off('topology-change', tell);
      // It may have been closed, or have no server now.
      void (async () => sentinel.unsubscribe(this.channel, this.#heard))().catch(() => undefined);
    });
    sentinel.on('topology-change', tell);
    await sentinel.subscribe(this.channel, this.#heard);
  }
}

/** A pool lends its clients, which do not change by being copied. */
async function duplicateOfPool(pool: RedisClientLike): Promise<SingleClient> {
  const execute = memberOf(pool, 'execute') as (
    use: (client: SingleClient) => SingleClient,
  ) => Promise<SingleClient>;
  return execute.call(pool, (client) => client.duplicate());
}
