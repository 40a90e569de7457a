import { existsSync } from 'node:fs';
import { win32 } from 'node:path';
import type { Environment } from '../config/environment.js';

/** What to give to `spawn`. */
export interface SpawnLine {
  readonly program: string;
  readonly args: readonly string[];
  /** The arguments are a command line of cmd.exe, which Node must not quote again. */
  readonly isVerbatim: boolean;
}

const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

/**
 * How to start a command on Windows. There `npm` and most tools are batch files (`npm.cmd`): only cmd.exe runs them, and Node
 * finds none of them by its name without the extension.
 *
 * @throws for an argument that no batch file can receive.
 */
export function windowsCommand(
  [name = '', ...args]: readonly string[],
  env: Environment,
  exists: (path: string) => boolean = existsSync,
): SpawnLine {
  const file = findProgram(name, env, exists) ?? name;
  if (!/\.(?:bat|cmd)$/i.test(file)) return { program: file, args, isVerbatim: false };
  const line = [file, ...args].map(quotedForBatch).join(' ');
  // /e:on: the expansion that stands for a percent sign; /v:off: exclamation marks stay; /d: no AutoRun of the registry.
  const program = variable(env, 'COMSPEC') ?? 'cmd.exe';
  return { program, args: ['/e:on', '/v:off', '/d', '/s', '/c', `"${line}"`], isVerbatim: true };
}

/** Looks where cmd.exe looks: in the directories of PATH, with the extensions of PATHEXT. */
function findProgram(name: string, env: Environment, exists: (path: string) => boolean): string | undefined {
  const extensions = (variable(env, 'PATHEXT') ?? DEFAULT_EXTENSIONS)
    .split(';')
    .filter((text) => text !== '');
  const endings = win32.extname(name) === '' ? extensions : ['', ...extensions];
  const isPath = /[\\/:]/.test(name);
  const directories = isPath ? [''] : ['.', ...(variable(env, 'PATH') ?? '').split(';')];
  return directories
    .map((directory) => directory.replaceAll('"', ''))
    .flatMap((directory) => endings.map((ending) => win32.join(directory, `${name}${ending}`)))
    .find((path) => exists(path));
}

/** Names of variables have no case on Windows. */
function variable(env: Environment, name: string): string | undefined {
  const key = Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
  return key === undefined ? undefined : env[key];
}

/**
 * In quotation marks nothing is special to cmd.exe but the mark itself, which is doubled, and the percent sign, before which an
 * expansion to nothing keeps a variable's name from being complete. So it stays, too, when the batch file passes `%*` on.
 */
function quotedForBatch(text: string): string {
  if (/[\r\n\0]/.test(text))
    throw new Error('A line break in an argument cannot be passed to a batch file of Windows');
  const escaped = text.replaceAll('"', '""').replaceAll('%', '%%cd:~,%');
  return `"${escaped.replace(/\\+$/, '$&$&')}"`;
}
