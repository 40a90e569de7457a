import { randomBytes } from 'node:crypto';
import { type FSWatcher, type Stats, watch } from 'node:fs';
import { chown, lstat, open, readdir, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { MaintenanceStorage, StoredRecord } from '../contracts/maintenance-storage.js';

/** More than any record has. A file that is larger is not read into memory. */
const MAX_FILE_SIZE = 4 * 1024 * 1024;
const MAX_SYMLINKS = 40;
/** Temporary files of writers that were killed are removed when they are older. */
const ABANDONED_AFTER_MS = 60_000;
const REWATCH_AFTER_MS = 1_000;

/** @publicApi */
export interface FileStorageOptions {
  /** Relative to the working directory. Default: `maintenance-state.json`. */
  readonly path?: string;
}

/**
 * Keeps the state in a file, for one machine or a shared volume.
 *
 * A write replaces the file in one step (temporary file, fsync, rename), so a reader sees the old state or the new one and
 * a crash leaves one of them. Mode and owner of the file stay as they were. Deleting the file turns maintenance off. Files
 * know no compare-and-set: of two processes that write at the same moment, the last one wins.
 *
 * @publicApi
 */
export class FileStorage implements MaintenanceStorage {
  readonly name = 'file';
  readonly atomic = false;
  readonly missing = 'off';
  /** The absolute path. */
  readonly location: string;

  /** @throws TypeError for a path that is not a string, or empty. */
  constructor({ path = 'maintenance-state.json' }: FileStorageOptions = {}) {
    if (typeof path !== 'string' || path === '') {
      throw new TypeError(
        'FileStorage: "path" must be the path of a file, such as "/var/lib/app/maintenance.json".',
      );
    }
    this.location = resolve(path);
  }

  async read(): Promise<StoredRecord | null> {
    let file;
    try {
      file = await open(this.location, 'r');
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error(`${this.location} is not a file`);
      if (stats.size > MAX_FILE_SIZE)
        throw new Error(`${this.location} has ${stats.size} bytes: not a maintenance state`);
      return { text: await file.readFile('utf8'), version: null };
    } finally {
      await file.close();
    }
  }

  async write(text: string): Promise<StoredRecord> {
    const path = await followLinks(this.location);
    const directory = dirname(path);
    const prefix = temporaryPrefix(path);
    const temporary = join(directory, `${prefix}${randomBytes(6).toString('hex')}.tmp`);
    try {
      await writeTemporary(temporary, path, text);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncDirectory(directory);
    await removeAbandoned(directory, prefix);
    return { text, version: null };
  }

  /** Watches the directory: a watch on the file itself goes deaf with the first rename. */
  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const watcher = new DirectoryWatch(await followLinks(this.location), onChange);
    return async () => watcher.close();
  }
}

/** Follows changes of one name in a directory, also after the directory itself was replaced. */
class DirectoryWatch {
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @throws where the directory cannot be watched now. */
  constructor(
    private readonly path: string,
    private readonly onChange: () => void,
  ) {
    this.#open();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #open(): void {
    const name = basename(this.path);
    this.#watcher = watch(dirname(this.path), { persistent: false }, (_, changed) => {
      if (changed === null || changed === name) this.onChange();
    });
    this.#watcher.on('error', () => this.#reopenLater());
  }

  #reopenLater(): void {
    this.#watcher?.close();
    this.#timer = setTimeout(() => {
      try {
        this.#open();
        this.onChange();
      } catch {
        this.#reopenLater();
      }
    }, REWATCH_AFTER_MS).unref();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The path that a write has to replace: a rename onto a symbolic link would replace the link. */
async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links <= MAX_SYMLINKS; links += 1) {
    try {
      if (!(await lstat(target)).isSymbolicLink()) return target;
    } catch (error) {
      if (isMissing(error)) return target;
      throw error;
    }
    target = resolve(dirname(target), await readlink(target));
  }
  throw new Error(`${path}: too many symbolic links`);
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`;
}

async function writeTemporary(temporary: string, path: string, text: string): Promise<void> {
  const previous = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  const file = await open(temporary, 'wx', previous?.mode);
  try {
    await file.writeFile(text, 'utf8');
    if (previous) await file.chmod(previous.mode);
    await keepOwner(temporary, previous, dirname(path));
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * What root writes (`sudo npx nestjs-maintenance-mode on`) must stay readable for the application's own user; who is not
 * root can at most keep the group.
 */
async function keepOwner(temporary: string, previous: Stats | null, directory: string): Promise<void> {
  const user = process.getuid?.();
  const owner = previous ?? (user === 0 ? await stat(directory) : null);
  if (user === undefined || owner === null) return;
  await chown(temporary, user === 0 ? owner.uid : user, owner.gid).catch(() => undefined);
}

/** Makes the rename itself durable, where the platform lets a directory be synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => undefined);
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
