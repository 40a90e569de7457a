import { createHash } from 'node:crypto';
import type { StoredRecord } from '../contracts/maintenance-storage.js';

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
