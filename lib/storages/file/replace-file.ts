import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { memberOf } from '../../validation/values.js';

const MAX_SYMLINKS = 40;
/** The first pause before a refused rename is tried again. */
const RENAME_PAUSE_MS = 10;
/** Older temporary files, of writers that were killed, are removed. */
const ABANDONED_AFTER_MS = 60_000;

/** The code of an error of Node's, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = memberOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** Whether the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** The path to replace: a rename onto a symbolic link would replace the link. */
export async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links <= MAX_SYMLINKS; links += 1) {
    try {
      if (!(await lstat(target)).isSymbolicLink()) return target;
    } catch (error) {
      if (isMissing(error)) return target;
      throw error;
    }
    target = resolve(await realpath(dirname(target)), await readlink(target));
  }
  throw new Error(`${path}: too many symbolic links`);
}

/**
 * Replaces a file in one step: a reader sees the old text or the new one, also after a crash. Mode and owner stay the same,
 * as far as the system allows.
 *
 * @param beforeRename called at the last moment; if it throws, the file stays as it is.
 * @param patienceMs how long a refused rename is tried again.
 */
export async function replaceFile(
  path: string,
  text: string,
  beforeRename: () => void,
  patienceMs: number,
): Promise<void> {
  const directory = dirname(path);
  const prefix = `.${basename(path)}.`;
  const temporary = join(directory, `${prefix}${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeTemporary(temporary, path, text);
    await renameWithPatience(temporary, path, beforeRename, patienceMs);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(directory);
  await removeAbandoned(directory, prefix);
}

/** On Windows, and on its network shares, a rename is refused while another program has one of the files open. */
const REFUSED_FOR_A_MOMENT = ['EPERM', 'EACCES', 'EBUSY'];

async function renameWithPatience(
  from: string,
  to: string,
  beforeRename: () => void,
  patienceMs: number,
): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (let pauseMs = RENAME_PAUSE_MS; ; pauseMs *= 2) {
    beforeRename();
    try {
      return await rename(from, to);
    } catch (error) {
      const leftMs = giveUpAt - performance.now();
      if (!REFUSED_FOR_A_MOMENT.includes(String(codeOf(error))) || leftMs <= 0) throw error;
      await delay(Math.min(pauseMs, leftMs));
    }
  }
}

async function writeTemporary(temporary: string, path: string, text: string): Promise<void> {
  const previous = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  const file = await open(temporary, 'wx', previous?.mode);
  try {
    await file.writeFile(text, 'utf8');
    if (previous) await ifPossible(() => file.chmod(previous.mode));
    await ifPossible(() => keepOwner(file, previous, dirname(path)));
    await ifPossible(() => file.sync());
  } finally {
    await file.close();
  }
}

/** A full or broken disk: the text was not written. */
const LOSSES = ['EIO', 'ENOSPC', 'EDQUOT'];

/**
 * For steps that are not possible everywhere: file systems without owners or modes, Node's permission model, and file handles
 * of other file systems (Yarn PnP) that lack a method.
 */
async function ifPossible(call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (LOSSES.includes(String(codeOf(error)))) throw error;
  }
}

/**
 * A file that root writes (`sudo npx nestjs-maintenance-mode on`) must stay readable for the application's own user. Other
 * users can at most keep the group.
 */
async function keepOwner(file: FileHandle, previous: Stats | null, directory: string): Promise<void> {
  const user = process.getuid?.();
  const owner = previous ?? (user === 0 ? await stat(directory) : null);
  if (user === undefined || owner === null) return;
  await file.chown(user === 0 ? owner.uid : user, owner.gid);
}

/** Makes the rename itself durable, if the platform can sync a directory. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (handle === null) return;
  await ifPossible(() => handle.sync()).catch(() => undefined);
  await handle.close();
}

async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter(
    (candidate) => candidate.startsWith(prefix) && candidate.endsWith('.tmp'),
  )) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => null);
    if (stats && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS)
      await rm(path, { force: true }).catch(() => undefined);
  }
}

/**
 * - `EBUSY`, `EXDEV`: the file is a mount, as a single file that is mounted into a container
 * - `EACCES`, `EPERM`, `EROFS`, `ERR_ACCESS_DENIED` (Node's permission model): nothing can be created in its folder
 */
const NOT_REPLACEABLE = ['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED'];

/** Whether a file that could not be replaced may be writable all the same. */
export function isNotReplaceable(error: unknown): error is Error & { readonly code: string } {
  return NOT_REPLACEABLE.includes(String(codeOf(error)));
}

/**
 * Writes an existing file without replacing it. A reader, or a crash, may find the new text followed by the rest of the old one,
 * which does not parse as a record.
 *
 * @param beforeWrite called at the last moment; if it throws, the file stays as it is.
 */
export async function writeInPlace(path: string, text: string, beforeWrite: () => void): Promise<void> {
  const file = await open(path, 'r+');
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a file`);
    const bytes = Buffer.from(text);
    beforeWrite();
    await file.writeFile(bytes);
    await file.truncate(bytes.length);
    await ifPossible(() => file.sync());
  } finally {
    await file.close();
  }
}
