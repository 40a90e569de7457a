import { createHash } from 'node:crypto';
import { createClient } from 'redis';
import { MaintenanceOptionsError } from '../../errors.js';
import type { StoredRecord } from '../../interfaces/maintenance-storage.js';
import {
  type Check,
  checkOption,
  describe,
  InvalidValue,
  memberOf,
  string,
} from '../../validation/values.js';

/** Precedes a text that this package has stored: its version, in a separate line. */
const HEADER = 'nestjs-maintenance-mode:';
const HEADER_LENGTH = HEADER.length + 36 + 1;

/** The stored value: version and text in one, so that they are always read together. */
export function encodeRecord(text: string, version: string): string {
  return `${HEADER}${version}\n${text}`;
}

/** Decodes a stored value. A value that was set by hand is a text, with its hash as the version. */
export function decodeRecord(value: Buffer): StoredRecord {
  const header = value.toString('latin1', 0, HEADER_LENGTH);
  if (header.startsWith(HEADER) && header.endsWith('\n')) {
    return { text: value.toString('utf8', HEADER_LENGTH), version: header.slice(HEADER.length, -1) };
  }
  return { text: value.toString('utf8'), version: `sha1-${createHash('sha1').update(value).digest('hex')}` };
}

/** The server's clock in seconds and microseconds; in a cluster, of the node that has the key. */
export const READ_CLOCK = `return redis.call('TIME')`;

/** The argument of {@link WRITE} for the expected version: undefined for any, null for nothing stored. */
export function expectation(version: string | null | undefined): string {
  return version === undefined ? '' : `=${version ?? ''}`;
}

/**
 * Compares, replaces and publishes in one step.
 *
 * A command can wait in a socket's buffer while the server is frozen. So the write has an earliest and a latest time, by the
 * server's own clock: earliest, since a clock that was set back must not make a late write look early.
 *
 * If the version is stored already, this very write was sent twice because its first answer was lost. That is checked first, so
 * that it can also be found out later.
 * A user who may not publish has still written; other instances then notice it when they read.
 */
export const WRITE = `
local value = redis.call('GET', KEYS[1])
local stored = ''
if value then
  stored = string.sub(value, 1, ${HEADER_LENGTH})
  stored = string.match(stored, '^${HEADER.replaceAll('-', '%-')}(.*)\\n$') or 'sha1-' .. redis.sha1hex(value)
end
if stored == ARGV[2] then return 'written' end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if now < tonumber(ARGV[4]) or now > tonumber(ARGV[5]) then return 'expired' end
if ARGV[3] ~= '' and ARGV[3] ~= '=' .. stored then return 'conflict' end
redis.call('SET', KEYS[1], ARGV[1])
redis.pcall('PUBLISH', KEYS[1], ARGV[2])
return 'written'
`;

/** What {@link WRITE} answers. */
export type Outcome = 'written' | 'conflict' | 'expired';

export function isOutcome(answer: string): answer is Outcome {
  return ['written', 'conflict', 'expired'].includes(answer);
}

/** The answer of TIME as microseconds since 1970. */
export function microseconds(time: unknown): number {
  const [seconds, rest] = Array.isArray(time) ? time.map(Number) : [];
  const now = (seconds ?? NaN) * 1_000_000 + (rest ?? NaN);
  if (!Number.isFinite(now)) throw unexpectedAnswer('TIME', time);
  return now;
}

/** The driver's error, or one that says what to do, with the driver's as its cause. */
export function explain(error: unknown, key: string): unknown {
  const message = messageOf(error);
  if (message.startsWith('WRONGTYPE')) {
    const advice = `The key ${key} holds something that is not a maintenance state: give RedisStorage another key.`;
    return new Error(advice, { cause: error });
  }
  if (message.includes('NOPERM') || message.includes("can't run this command")) {
    const needed = `+get +set +eval +time +publish +subscribe ~${key} &${key}`;
    return new Error(`Redis refuses: ${message} The user needs: ${needed}`, { cause: error });
  }
  // A host with several addresses, none of which answers.
  if (message === '') {
    return new Error(`Redis cannot be reached: ${String(memberOf(error, 'code'))}`, { cause: error });
  }
  return error;
}

/** Whether the error is an answer of Redis: its message begins with a code in capitals. */
export function isReply(error: unknown): boolean {
  return /^-?[A-Z]{2,} /.test(messageOf(error));
}

/** Whether this server does not take writes, or not now: after a failover the name may point to another server. */
export function isWrongServer(error: unknown): boolean {
  return isReply(error) && /\b(READONLY|MASTERDOWN|LOADING|CLUSTERDOWN)\b/.test(messageOf(error));
}

/** Whether node-redis has refused or withdrawn a command before it was sent. */
export function isUnsent(error: unknown): boolean {
  return /was aborted|is closed|is offline|not connected|root nodes|^connect E|^Connection timeout/.test(
    messageOf(error),
  );
}

/** What is wrong with a server that gives this answer to `ROLE`; null if it can be used, and for other answers. */
export function explainRole(answer: unknown): Error | null {
  const [role, host, port, link] = Array.isArray(answer) ? answer.map(String) : [];
  if (role !== 'slave' || link === 'connected') return null;
  return new Error(
    `This Redis is a replica that has no connection to its master ${host}:${port} (${link}), so its data may be old.`,
  );
}

/** For a client that does not return bytes although they were requested. */
export function unexpectedAnswer(command: string, answer: unknown): Error {
  return new Error(
    `The Redis client gave an unexpected answer to ${command} (${typeof answer}): RedisStorage needs a client of ` +
      'node-redis 5 or 6, which can return replies as bytes.',
  );
}

/** For a write whose answer was lost. */
export function unknownOutcome(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${message}. Whether it was written is unknown: look at the status.`, { cause });
}

function messageOf(error: unknown): string {
  return String(memberOf(error, 'message') ?? error);
}

/**
 * A client of node-redis 5 or 6, of any of its kinds: `createClient`, `createCluster`, `createSentinel`, `createClientPool`.
 * Only with the used members, so that its modules, scripts, protocol and type mapping do not matter.
 *
 * @publicApi
 */
export interface RedisClientLike {
  readonly isOpen: boolean;
  /** Sends one command; its arguments differ between the kinds of clients. */
  sendCommand(...args: never[]): Promise<unknown>;
  /** Adds a listener, as `EventEmitter` does. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Removes a listener. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  /** How many listeners an event has. */
  listenerCount(event: string): number;
  /** node-redis 4 does not have it, and cannot return replies as bytes. */
  withTypeMapping(typeMapping: never): unknown;
}

type Listener = (message: string) => void;

interface CommandOptions {
  /** By the number of the RESP type. */
  readonly typeMapping: Readonly<Record<number, unknown>>;
  readonly abortSignal: AbortSignal;
}

interface Cluster {
  readonly masters: readonly { readonly client?: Pick<SingleClient, 'isOpen' | 'connect'> }[];
}

type Send = (...args: unknown[]) => Promise<unknown>;
type Kind = 'client' | 'cluster' | 'pool' | 'sentinel';

/** A connection, or something like it, that can subscribe. */
export interface Subscribing extends RedisClientLike {
  subscribe(channel: string, listener: Listener): Promise<void>;
  unsubscribe(channel: string, listener: Listener): Promise<void>;
}

/** A client that this package has made, and may destroy. */
export interface SingleClient extends Subscribing {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  duplicate(overrides?: object): SingleClient;
}

/** RESP's bulk string, which node-redis decodes as a string by default. */
const BLOB_STRING = 36;
const AS_BUFFERS = { [BLOB_STRING]: Buffer };

/** A command that node-redis has not sent after this time is withdrawn, by default: nothing waits for it any more. */
export const GIVEN_UP_AFTER_MS = 10_000;

const CONNECT_TIMEOUT_MS = 3_000;
const MAX_RECONNECT_DELAY_MS = 2_000;

/** Sends commands in the same way with any kind of client. */
export class RedisCommands {
  readonly kind: Kind;

  constructor(readonly client: RedisClientLike) {
    this.kind = kindOf(client);
  }

  /**
   * Sends a command for one key to the master that has it.
   *
   * @returns the answer of Redis with strings as buffers, whatever the client's own type mapping is.
   * @throws the driver's errors.
   */
  async send(
    key: string,
    args: readonly string[],
    signal = AbortSignal.timeout(GIVEN_UP_AFTER_MS),
  ): Promise<unknown> {
    if (!this.client.isOpen) throw new Error('The Redis client is not connected: call its connect().');
    // Its parameters depend on its kind.
    const client = this.client as unknown as { readonly sendCommand: Send };
    const options: CommandOptions = { typeMapping: AS_BUFFERS, abortSignal: signal };
    switch (this.kind) {
      case 'cluster':
        return client.sendCommand(key, false, args, options).catch(async (error: unknown) => {
          const isReopened = reopenNodes(this.client as unknown as Cluster);
          if (!isReopened || !isUnsent(error)) throw error;
          return client.sendCommand(key, false, args, options);
        });
      case 'sentinel':
        return client.sendCommand(false, args, options);
      default:
        return client.sendCommand(args, options);
    }
  }
}

/** node-redis 4 has no `withTypeMapping`, ioredis and legacy (callback) clients have no `isOpen` either. */
const MEMBERS = {
  sendCommand: 'function',
  on: 'function',
  off: 'function',
  listenerCount: 'function',
  withTypeMapping: 'function',
  isOpen: 'boolean',
};

/** The members that {@link RedisCommands} needs and a value does not have. */
function missingMembers(value: unknown): readonly string[] {
  return Object.entries(MEMBERS)
    .filter(([name, type]) => typeof memberOf(value, name) !== type)
    .map(([name, type]) => (type === 'function' ? `${name}()` : name));
}

/** A client that {@link RedisCommands} can use. @throws InvalidValue, which names what is missing. */
export const redisClient: Check<RedisClientLike> = (value, path) => {
  const missing = missingMembers(value);
  if (missing.length > 0) {
    const expected = 'a client of node-redis 5 or 6 (not of 4, of ioredis or in legacy mode)';
    const lacks = typeof value === 'object' && value !== null ? `, which has no ${missing.join(', ')}` : '';
    throw new InvalidValue(path, expected, `${describe(value)}${lacks}`);
  }
  return value as RedisClientLike;
};

/**
 * Reconnects nodes whose clients have closed while the cluster is open. By default node-redis closes a client after a socket
 * timeout, and keeps it for the slots of its node: every command for these slots would fail until the process ends.
 *
 * @returns whether there was one.
 */
function reopenNodes({ masters }: Cluster): boolean {
  const closed = masters.flatMap(({ client }) => (client && !client.isOpen ? [client] : []));
  // A failure is reported by the cluster's `node-error` event, and by the command.
  for (const client of closed) void client.connect().catch(() => undefined);
  return closed.length > 0;
}

function kindOf(client: RedisClientLike): Kind {
  if ('getSlotMaster' in client) return 'cluster';
  if ('getSentinelNode' in client) return 'sentinel';
  return 'execute' in client ? 'pool' : 'client';
}

/** A client that reconnects by itself. @throws MaintenanceOptionsError if it is not the URL of a Redis server. */
export function clientFor(url: string): SingleClient {
  checkOption(string({ min: 1 }), url, 'RedisStorage.url');
  const client = tryToCreate(url);
  // The package is an optional peer of any version: another part of the application may need an older one.
  const missing = missingMembers(client);
  if (missing.length === 0) return client;
  throw new MaintenanceOptionsError(
    'RedisStorage.url',
    `it needs version 5 or 6 of the package "redis"; the clients of the one that is installed have no ${missing.join(', ')}. ` +
      'Install redis@5, or use another storage',
  );
}

function tryToCreate(url: string): SingleClient {
  try {
    return createClient({
      url,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries) =>
          Math.min(50 * 2 ** Math.min(retries, 10), MAX_RECONNECT_DELAY_MS) * (0.5 + Math.random() / 2),
      },
    });
  } catch {
    // Without the URL and without the cause, which contains it: it may have a password.
    throw new MaintenanceOptionsError('RedisStorage.url', 'expected a redis:// or rediss:// URL');
  }
}

/** A URL for messages. */
export function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * Destroys a client in any state, and never throws: this runs in timers and in event listeners.
 *
 * A cluster throws if one of its connections is closed already, and leaves the others open. These are destroyed here.
 */
export function destroyClient(client: SingleClient): void {
  // Read before, since a cluster forgets its nodes while it is destroyed.
  const connections = connectionsOf(client);
  if (!tryToDestroy(client)) connections.forEach(tryToDestroy);
}

/** The connections of a cluster; none for other kinds of clients. */
function connectionsOf(client: unknown): readonly unknown[] {
  const listOf = (name: string): readonly unknown[] => {
    const nodes = memberOf(client, name);
    return Array.isArray(nodes) ? nodes : [];
  };
  const nodes = [...listOf('masters'), ...listOf('replicas'), memberOf(client, 'pubSubNode')];
  return nodes.flatMap((node) => [memberOf(node, 'client'), memberOf(memberOf(node, 'pubSub'), 'client')]);
}

function tryToDestroy(client: unknown): boolean {
  const destroy = memberOf(client, 'destroy');
  if (typeof destroy !== 'function') return false;
  try {
    // One kind of node-redis returns a promise.
    const ended: unknown = destroy.call(client);
    if (ended instanceof Promise) ended.catch(() => undefined);
    return true;
  } catch {
    // Closed already.
    return false;
  }
}
