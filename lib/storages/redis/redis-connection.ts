import { setImmediate as nextTurn } from 'node:timers/promises';
import { RedisCommands, type SingleClient, destroyClient } from './redis-client.js';
import { isOfWrongServer, explainRole } from './redis-protocol.js';

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

/** A connection is given up if it has not answered for one to two of these. */
const HEARTBEAT_MS = 5_000;
/** From the socket to the end of the handshake. */
const HANDSHAKE_MS = 3_000;

/** `ROLE` for a connection that reads and writes: also tells whether it is a master that answers. */
export type Heartbeat = 'PING' | 'ROLE';

/**
 * One client of node-redis that this package has made: connected when it is first needed, reconnecting by itself, and given
 * up for good if it stops to answer.
 *
 * A path may swallow bytes without a reset. Node's idle timer does not see that, since each write starts it anew, so this
 * counts answers. An `error` event that nobody listens to would end the process.
 */
export class RedisConnection {
  readonly commands: RedisCommands;
  /** Why it is not connected. */
  #error: Error | null = null;
  #isUsable = false;
  /** Between a failure and the next attempt, or before the socket is there, node-redis has nothing that it could destroy. */
  #hasSocket = false;
  #isDiscarded = false;
  #waiting: (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #handshake: NodeJS.Timeout | undefined;

  constructor(
    readonly client: SingleClient,
    private readonly kind: Heartbeat,
    private readonly listener: {
      /** At each connection: something may have been missed before. */
      readonly ready: () => void;
      /** It is of no use any more, and discarded. */
      readonly dead: (why: Error, isSilent: boolean) => void;
    },
  ) {
    this.commands = new RedisCommands(client);
    client.on('error', (error: unknown) => {
      this.#hasSocket = false;
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    });
    client.on('connect', () => {
      this.#hasSocket = true;
      clearTimeout(this.#handshake);
      this.#handshake = setTimeout(() => this.#die(silent()), HANDSHAKE_MS).unref();
    });
    client.on('ready', () => this.#begin());
    for (const event of ['error', 'reconnecting', 'connect'])
      client.on(event, () => this.#destroyIfDiscarded());
  }

  /**
   * Resolves once it is connected; connects if nobody has.
   *
   * @throws at once while it cannot be connected: what the last attempt has failed with.
   */
  async connected(): Promise<void> {
    // What it fails with is told by an event. A client that has given up for good, by the application's own strategy, is
    // asked again.
    if (!this.#isDiscarded && !this.client.isOpen) void this.client.connect().catch(() => undefined);
    if (!this.#isUsable && this.#error === null) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (!this.#isUsable) throw this.#error ?? closed();
  }

  /** Ends it, in whatever state it is, without waiting for a server that may not answer. */
  discard(why: Error = closed()): void {
    if (this.#isDiscarded) return;
    this.#isDiscarded = true;
    const hasConnection = this.client.isReady || this.#hasSocket;
    this.#lose(why);
    if (hasConnection) this.#destroyIfDiscarded();
  }

  #destroyIfDiscarded(): void {
    // A client that was destroyed while its socket was not there yet would connect all the same.
    if (this.#isDiscarded && this.client.isOpen) destroyClient(this.client);
  }

  #begin(): void {
    clearTimeout(this.#handshake);
    if (this.#isDiscarded) return;
    void this.#becomeUsable();
  }

  async #becomeUsable(): Promise<void> {
    if (!(await this.#ask()) || this.#isDiscarded) return;
    this.#isUsable = true;
    this.#settle(null);
    this.listener.ready();
  }

  /** Asks for an answer now, and goes on asking. Resolves to whether there was one that lets it go on. */
  async #ask(): Promise<boolean> {
    clearTimeout(this.#heartbeat);
    const isCurrent = { value: true };
    const next = async (): Promise<void> => {
      // After a blocked event loop the answer may lie in the socket.
      await nextTurn();
      if (this.#isDiscarded || !this.client.isReady) return;
      if (isCurrent.value) this.#die(silent());
      else void this.#ask();
    };
    this.#heartbeat = setTimeout(() => void next(), HEARTBEAT_MS).unref();
    try {
      const answer = await this.client.sendCommand(...([[this.kind]] as never[]));
      const unfit = explainRole(answer);
      if (unfit === null) return true;
      this.#die(unfit, false);
      return false;
    } catch {
      // Refused to this user, which is an answer as well; or the connection is lost, which its event tells.
      return this.client.isReady;
    } finally {
      isCurrent.value = false;
    }
  }

  #die(why: Error, isSilent = true): void {
    if (this.#isDiscarded) return;
    this.discard(why);
    this.listener.dead(why, isSilent);
  }

  #lose(error: Error): void {
    this.#isUsable = false;
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#handshake);
    this.#settle(error);
  }

  #settle(error: Error | null): void {
    this.#error = error;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function closed(): Error {
  return new Error('The Redis client is closed.');
}

function silent(): Error {
  return new Error('Redis has stopped to answer on this connection.');
}
