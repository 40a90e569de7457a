import { createInterface } from 'node:readline/promises';

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
