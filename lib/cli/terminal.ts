import { createInterface } from 'node:readline/promises';
import { parseIsoDate } from '../validation/values.js';

/** A line on stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line on stderr, whatever line breaks the text has. */
export function complain(text: string): void {
  process.stderr.write(`nestjs-maintenance-mode: ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

/** Asks a question that `y` or `yes` confirms. Null if nobody can answer: the input has ended. */
export async function isConfirmed(question: string): Promise<boolean | null> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    const answer = await Promise.race([lines.question(`${question} (y/N) `), closed]);
    return answer === null ? null : /^y(?:es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(messageOf)].join(' ');
  return error instanceof Error ? error.message : String(error);
}

/** Prints warnings only: commands report the result themselves, and errors are thrown as well. */
export const stderrLog = {
  log: (): void => undefined,
  warn: (message: unknown): void => complain(String(message)),
  error: (): void => undefined,
};

/** The command line is wrong; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of `30m`, `1h30m`, `2d` or `90s`, larger units first; null for anything else, and for zero. */
export function parseDuration(text: string): number | null {
  const { d, h, m, s } =
    /^(?:(?<d>\d{1,4})d)?(?:(?<h>\d{1,5})h)?(?:(?<m>\d{1,7})m)?(?:(?<s>\d{1,9})s)?$/.exec(text)?.groups ?? {};
  const total =
    Number(d ?? 0) * DAY + Number(h ?? 0) * HOUR + Number(m ?? 0) * MINUTE + Number(s ?? 0) * SECOND;
  return total > 0 ? total : null;
}

/** @throws UsageError that names the option. */
export function durationOf(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new UsageError(
    `${option} takes a duration such as 30m, 1h30m or 2d, and got ${JSON.stringify(text)}`,
  );
}

/**
 * A time in ISO 8601 with an offset or `Z`, or a duration from now: `+10m`.
 *
 * @throws UsageError that names the option.
 */
export function timeOf(text: string, option: string, now = Date.now()): Date {
  const time = text.startsWith('+') ? later(text.slice(1), now) : parseIsoDate(text);
  if (time !== null) return new Date(time);
  const examples = '2026-11-21T03:00:00Z, 2026-11-21T03:00:00+01:00 or +10m';
  throw new UsageError(`${option} takes a time such as ${examples}, and got ${JSON.stringify(text)}`);
}

function later(duration: string, now: number): number | null {
  const ms = parseDuration(duration);
  return ms === null ? null : now + ms;
}

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

/** In words, in the largest unit of which there are two, or the smallest: `25 minutes`, `90 minutes`, `3 hours`. */
export function spanInWords(ms: number): string {
  const span = Math.abs(ms);
  const [name, length] = UNITS.find(([, unit]) => span >= 2 * unit) ?? ['second', SECOND];
  const count = Math.round(span / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
