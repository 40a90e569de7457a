import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Jest's own type of it cannot be named in an export. */
export type Describe = (name: string, body: () => void) => void;

/** From where Jest puts it: it cannot be imported outside of Jest, and servers are also started by the checker. */
declare const describe: Describe & { readonly skip: Describe };

/** The path of a program, in these directories or in those of PATH; undefined where there is none. */
export function findProgram(name: string, ...directories: readonly string[]): string | undefined {
  const inPath = (process.env['PATH'] ?? '').split(delimiter);
  return [...directories, ...inPath].map((directory) => join(directory, name)).find(existsSync);
}

/**
 * `describe` for tests that need a program: where it was not found it skips them and says so on stderr; in CI it fails.
 *
 * @param what is missing, and where it was looked for: `No PostgreSQL server (looked in PATH)`.
 */
export function describeWith(what: string, path: string | undefined): Describe {
  if (path !== undefined) return (...args) => describe(...args);
  if (process.env['CI']) throw new Error(`${what}: its tests cannot run.`);
  process.stderr.write(`${what}: SKIPPING its tests in this file.\n`);
  return describe.skip;
}
