import { createHash } from 'node:crypto';
import type { StoredRecord } from '../../interfaces/maintenance-storage.js';
import { memberOf } from '../../validation/values.js';

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
