import { createHash } from 'node:crypto';
import type { StoredRecord } from '../../interfaces/maintenance-storage.js';
import { memberOf } from '../../validation/member.js';

/** What stands before a text that this package has stored: its version, in a line of its own. */
const HEADER = 'nestjs-maintenance-mode:';
const HEADER_LENGTH = HEADER.length + 36 + 1;

/** What is stored: the version and the text in one value, so that nobody can see one without the other. */
export function encodeRecord(text: string, version: string): string {
  return `${HEADER}${version}\n${text}`;
}

/** Understands a stored value; one that somebody has set by hand is a text, with a version made from it. */
export function decodeRecord(value: Buffer): StoredRecord {
  const header = value.toString('latin1', 0, HEADER_LENGTH);
  if (header.startsWith(HEADER) && header.endsWith('\n')) {
    return { text: value.toString('utf8', HEADER_LENGTH), version: header.slice(HEADER.length, -1) };
  }
  return { text: value.toString('utf8'), version: `sha1-${createHash('sha1').update(value).digest('hex')}` };
}

/** The server's clock: seconds and microseconds. On a cluster, of the node that has the key. */
export const READ_CLOCK = `return redis.call('TIME')`;

/** What {@link WRITE} takes for the version that is expected: undefined for any, null for nothing stored. */
export function expectation(version: string | null | undefined): string {
  return version === undefined ? '' : `=${version ?? ''}`;
}

/**
 * Compares, replaces and tells, in one step that nobody comes between.
 *
 * A command can lie in a socket's buffer for as long as the server stands still. So the write brings the time of the server's
 * own clock from which and until which it is wanted: one that was set back meanwhile must not make it look early.
 *
 * A version that is there already is that of this very write: it was sent twice, since its first answer was lost. That is
 * looked at first, so that it can be found out later as well.
 * Who may not publish has still written: the others then learn of it by reading.
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
if now < tonumber(ARGV[4]) or now > tonumber(ARGV[5]) then return 'untimely' end
if ARGV[3] ~= '' and ARGV[3] ~= '=' .. stored then return 'conflict' end
redis.call('SET', KEYS[1], ARGV[1])
redis.pcall('PUBLISH', KEYS[1], ARGV[2])
return 'written'
`;

/** What {@link WRITE} answers. */
export type Outcome = 'written' | 'conflict' | 'untimely';

export function isOutcome(answer: string): answer is Outcome {
  return ['written', 'conflict', 'untimely'].includes(answer);
}

/** What TIME has answered, since 1970. */
export function microseconds(time: unknown): number {
  const [seconds, rest] = Array.isArray(time) ? time.map(Number) : [];
  const now = (seconds ?? NaN) * 1_000_000 + (rest ?? NaN);
  if (!Number.isFinite(now)) throw unexpectedAnswer('TIME', time);
  return now;
}

/** An error of the driver as it is, but for those that do not say what to do: these get it said, and stay the cause. */
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

/** Whether Redis itself has answered with it: such a message begins with a code in capitals. */
export function isReply(error: unknown): boolean {
  return /^-?[A-Z]{2,} /.test(messageOf(error));
}

/** Whether this server is not, or not now, the one that takes writes: after a failover its name may be another's. */
export function isOfWrongServer(error: unknown): boolean {
  return isReply(error) && /\b(READONLY|MASTERDOWN|LOADING|CLUSTERDOWN)\b/.test(messageOf(error));
}

/** Whether node-redis has refused or taken back a command before it was sent. */
export function isUnsent(error: unknown): boolean {
  return /was aborted|is closed|is offline|not connected|root nodes|^connect E|^Connection timeout/.test(
    messageOf(error),
  );
}

/** What is wrong with a server that answers so to `ROLE`; null for one that can be used, and for other answers. */
export function explainRole(answer: unknown): Error | null {
  const [role, host, port, link] = Array.isArray(answer) ? answer.map(String) : [];
  if (role !== 'slave' || link === 'connected') return null;
  return new Error(
    `This Redis is a replica that has no connection to its master ${host}:${port} (${link}), so what it holds may be old.`,
  );
}

/** What a client answers that does not give the bytes that were asked for. */
export function unexpectedAnswer(command: string, answer: unknown): Error {
  return new Error(
    `The Redis client answers ${command} with something else than expected (${typeof answer}): RedisStorage needs a client ` +
      'of node-redis 5 or 6, whose replies can be asked for as bytes.',
  );
}

/** Of a write whose answer was lost. */
export function unknownOutcome(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${message}. Whether it was written is unknown: look at the status.`, { cause });
}

function messageOf(error: unknown): string {
  return String(memberOf(error, 'message') ?? error);
}
