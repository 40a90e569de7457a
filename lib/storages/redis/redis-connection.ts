import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  destroyClient,
  explainRole,
  isReply,
  isUnsent,
  isWrongServer,
  RedisCommands,
  type SingleClient,
} from './redis-client.js';

/** The pause before connecting again to a server that answers, but cannot be used. */
const RETRY_MS = 1_000;

/**
 * The storage's own client: connected when it is needed, and replaced if its connection is given up. The name of the server is
 * looked up each time.
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

  /** Keeps it connected from now on, also after a {@link release}. */
  keepOpen(): void {
    this.#isReleased = false;
  }

  /** Calls back whenever it is connected. Returns a function that stops this. */
  onReady(listener: () => void): () => void {
    this.#readyListeners.add(listener);
    return () => this.#readyListeners.delete(listener);
  }

  /** @throws at once while it cannot be connected, and the errors of the call. */
  async use<T>(call: (commands: RedisCommands) => Promise<T>): Promise<T> {
    this.#calls += 1;
    try {
      if (this.#failure !== null) throw this.#failure;
      const connection = (this.#connection ??= this.#open());
      await connection.connected();
      return await call(connection.commands).catch((error: unknown) => {
        if (isWrongServer(error)) this.#renew(connection, error as Error);
        throw connection.reasonOf(error);
      });
    } finally {
      this.#calls -= 1;
      // A late call after the application was closed must not keep a connection, and with it the process.
      if (this.#isReleased && this.#calls === 0) this.#end();
    }
  }

  /** Closes the connection. If it is used again, it connects for each call, until {@link keepOpen}. */
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

  /** After a failover the name may point to another server. */
  #renew(connection: RedisConnection, why: Error): void {
    connection.discard(why);
    if (this.#connection === connection) this.#reopen(0);
  }

  #open(): RedisConnection {
    const connection = new RedisConnection(this.make(), 'ROLE', {
      ready: () => this.#readyListeners.forEach((listener) => listener()),
      givenUp: (why, isSilent) => {
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
      // A failure is reported to the calls that use it.
      this.#connection.connected().catch(() => undefined);
    }, afterMs).unref();
  }
}

/** A connection is given up after one to two of these without an answer. */
const HEARTBEAT_MS = 5_000;
/** From the open socket to the end of the handshake. */
const HANDSHAKE_MS = 3_000;

/** `ROLE` is for a connection that reads and writes: it also shows whether the server is a master. */
export type Heartbeat = 'PING' | 'ROLE';

/**
 * One client of node-redis that this package has made: connects when it is first needed, reconnects by itself, and is given up
 * for good if it does not answer any more.
 *
 * A network may swallow bytes without a reset. Node's idle timer does not notice that, since each write restarts it, so this
 * class waits for answers. An `error` event without a listener would end the process.
 */
export class RedisConnection {
  readonly commands: RedisCommands;
  /** Why it is not connected. */
  #error: Error | null = null;
  #isUsable = false;
  /** Why its server cannot be used. */
  #unfit: Error | null = null;
  /** Between a failure and the next attempt, and before the socket is open, node-redis has nothing to destroy. */
  #hasSocket = false;
  #isDiscarded = false;
  #waiting: (() => void)[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #handshake: NodeJS.Timeout | undefined;

  constructor(
    readonly client: SingleClient,
    private readonly kind: Heartbeat,
    private readonly listener: {
      /** At each connection: messages may have been missed before. */
      readonly ready: () => void;
      /** It cannot be used any more, and is discarded. */
      readonly givenUp: (why: Error, isSilent: boolean) => void;
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
      this.#handshake = setTimeout(() => this.#giveUp(silent()), HANDSHAKE_MS).unref();
    });
    client.on('ready', () => this.#begin());
    for (const event of ['error', 'reconnecting', 'connect'])
      client.on(event, () => this.#destroyIfDiscarded());
  }

  /**
   * Resolves once it is connected. Connects if that was not done yet.
   *
   * @throws the error of the last attempt, at once, while it cannot be connected.
   */
  async connected(): Promise<void> {
    // A failure is reported by an event. A client that has stopped reconnecting, by the application's own strategy, starts again.
    if (!this.#isDiscarded && !this.client.isOpen) void this.client.connect().catch(() => undefined);
    if (!this.#isUsable && this.#error === null) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (!this.#isUsable) throw this.#error ?? closed();
  }

  /** The error of a call: of one that was under way when the server turned out to be unfit, that, and not that it was ended. */
  reasonOf(error: unknown): unknown {
    return this.#unfit === null || isReply(error) || isUnsent(error) ? error : this.#unfit;
  }

  /** Closes it in any state, without waiting for a server that may not answer. */
  discard(why: Error = closed()): void {
    if (this.#isDiscarded) return;
    this.#isDiscarded = true;
    const hasConnection = this.client.isReady || this.#hasSocket;
    this.#lose(why);
    if (hasConnection) this.#destroyIfDiscarded();
  }

  #destroyIfDiscarded(): void {
    // A client that is destroyed before its socket is open would connect all the same.
    if (this.#isDiscarded && this.client.isOpen) destroyClient(this.client);
  }

  #begin(): void {
    clearTimeout(this.#handshake);
    if (this.#isDiscarded) return;
    void this.#becomeUsable();
  }

  async #becomeUsable(): Promise<void> {
    if (!(await this.#heartbeats()) || this.#isDiscarded) return;
    this.#isUsable = true;
    this.#settle(null);
    this.listener.ready();
  }

  /** Sends a heartbeat now, and again at intervals. Resolves to whether the connection can be used. */
  async #heartbeats(): Promise<boolean> {
    clearTimeout(this.#heartbeat);
    const isCurrent = { value: true };
    const next = async (): Promise<void> => {
      // After a blocked event loop the answer may wait in the socket.
      await nextTurn();
      if (this.#isDiscarded || !this.client.isReady) return;
      if (isCurrent.value) this.#giveUp(silent());
      else void this.#heartbeats();
    };
    this.#heartbeat = setTimeout(() => void next(), HEARTBEAT_MS).unref();
    try {
      const answer = await this.client.sendCommand(...([[this.kind]] as never[]));
      const unfit = explainRole(answer);
      if (unfit === null) return true;
      this.#unfit = unfit;
      this.#giveUp(unfit, false);
      return false;
    } catch {
      // Refused to this user, which is an answer as well; or the connection is lost, which an event reports.
      return this.client.isReady;
    } finally {
      isCurrent.value = false;
    }
  }

  #giveUp(why: Error, isSilent = true): void {
    if (this.#isDiscarded) return;
    this.discard(why);
    this.listener.givenUp(why, isSilent);
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
  return new Error('Redis does not answer on this connection any more.');
}
