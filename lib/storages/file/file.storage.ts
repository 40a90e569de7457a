import { constants, type FSWatcher, watch } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WARN } from '../../interfaces/tokens.js';
import type { MaintenanceStorage, StoredRecord, WriteLimits } from '../../interfaces/maintenance-storage.js';
import { checkOption, decodeText, string } from '../../validation/values.js';
import {
  codeOf,
  followLinks,
  isMissing,
  isNotReplaceable,
  replaceFile,
  writeInPlace,
} from './replace-file.js';

/** More than any record has. Of a larger file only this much is read, which does not parse as a record. */
const MAX_FILE_SIZE = 4 * 1024 * 1024;

/** How long a refused rename is tried again, if the caller sets no limit. */
const RENAME_PATIENCE_MS = 500;
/** The longest time that a write delays the next one: a hung disk must not block it for ever. */
const PATIENCE_MS = 5_000;
/** A named pipe in place of the file would block a thread of the pool, and with a few reads all of them. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

class NotAFileError extends Error {
  /** As for a directory. */
  readonly code = 'EISDIR';

  constructor(path: string) {
    super(`${path} is not a file`);
  }
}

async function beginOf(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_SIZE), 0, MAX_FILE_SIZE, 0);
  return buffer.subarray(0, bytesRead);
}

/** Where the file is. @publicApi */
export interface FileStorageOptions {
  /** Relative to the working directory. Default: `maintenance-state.json`. */
  readonly path?: string;
}

/**
 * Keeps the state in a file, for one machine or a shared volume.
 *
 * A write replaces the file in one step (temporary file, fsync, rename), so a reader sees the old state or the new one and
 * a crash leaves one of them. The file keeps its mode, and its owner if root writes it. Deleting the file turns maintenance off.
 * A file that cannot be replaced, such as a single file that is mounted into a container, is written in place, with a warning.
 * Files have no compare-and-set: if two processes write at the same moment, the last one wins.
 *
 * @publicApi
 */
export class FileStorage implements MaintenanceStorage {
  readonly name = 'file';
  readonly atomic = false;
  readonly missing = 'off';
  /** The absolute path. */
  readonly location: string;

  /** Writes are made one after the other, in the order of the calls. */
  #previous: Promise<unknown> = Promise.resolve();
  #started = 0;
  #renamed = 0;
  #isInPlace = false;
  #isFolderChecked = false;

  /** @throws MaintenanceOptionsError if the path is empty or not a string. */
  constructor({ path = 'maintenance-state.json' }: FileStorageOptions = {}) {
    checkOption(string({ min: 1 }), path, 'FileStorage.path');
    this.location = resolve(path);
  }

  async read(): Promise<StoredRecord | null> {
    let file;
    try {
      file = await open(this.location, READ_WITHOUT_WAITING);
    } catch (error) {
      if (isMissing(error)) return null;
      throw withFlags(error, this.location);
    }
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new NotAFileError(this.location);
      return {
        text: decodeText(stats.size > MAX_FILE_SIZE ? await beginOf(file) : await file.readFile()),
        version: null,
      };
    } finally {
      await file.close();
    }
  }

  async write(text: string, _expected?: string | null, limits?: WriteLimits): Promise<StoredRecord> {
    const patienceMs = limits === undefined ? RENAME_PATIENCE_MS : limits.timeoutMs / 2;
    const write = this.#writeInTurn(text, patienceMs);
    this.#previous = write.catch(() => undefined);
    await write.catch(async (error: unknown) => {
      const problem = isMissing(error) ? await folderProblem(this.location) : null;
      throw problem === null
        ? withFlags(error, this.location)
        : Object.assign(new Error(problem, { cause: error }), { code: codeOf(error) });
    });
    return { text, version: null };
  }

  /** @internal An application and a command put their log in its place; used without them, the storage warns as Node does. */
  [WARN](message: string): void {
    process.emitWarning(message, 'MaintenanceWarning');
  }

  /** Watches the directory: a watcher of the file itself sees nothing after the first rename. */
  async watch(onChange: () => void): Promise<() => Promise<void>> {
    await this.#checkFolder();
    const watcher = new DirectoryWatch(await followLinks(this.location), onChange);
    return async () => watcher.close();
  }

  /** An application watches when it boots, and whoever deployed it should learn then that nobody can turn maintenance on. */
  async #checkFolder(): Promise<void> {
    if (this.#isFolderChecked) return;
    this.#isFolderChecked = true;
    const problem = await folderProblem(this.location);
    if (problem !== null) this[WARN](problem);
  }

  async #writeInTurn(text: string, patienceMs: number): Promise<void> {
    this.#started += 1;
    const number = this.#started;
    await this.#previousDone();
    const path = await followLinks(this.location);
    const beforeChange = (): void => this.#beforeChange(number);
    try {
      // Where it was refused for good once, it need not be waited for again.
      await replaceFile(path, text, beforeChange, this.#isInPlace ? 0 : patienceMs);
    } catch (error) {
      if (!isNotReplaceable(error)) throw error;
      await writeInPlace(path, text, beforeChange).catch((inPlace: unknown) => {
        throw isNotReplaceable(inPlace) || isMissing(inPlace) ? error : inPlace;
      });
      this.#warnInPlace(error.code);
    }
  }

  #warnInPlace(code: string): void {
    if (this.#isInPlace) return;
    this.#isInPlace = true;
    this[WARN](
      `${this.location} cannot be replaced in one step (${code}), so it is written in place: a reader or a crash may find half of ` +
        'a change. If it is a single file that is mounted into a container, mount its folder instead; otherwise allow ' +
        'this process to create files in that folder.',
    );
  }

  /** Resolves when the previous write is done, or has taken too long. */
  async #previousDone(): Promise<void> {
    const abort = new AbortController();
    const patience = delay(PATIENCE_MS, undefined, { ref: false, signal: abort.signal }).catch(
      () => undefined,
    );
    await Promise.race([this.#previous, patience]);
    abort.abort();
  }

  /** A delayed write, which its caller has given up, must not overwrite a later one. */
  #beforeChange(number: number): void {
    if (number < this.#renamed) throw new Error(`${this.location}: a later write has been made meanwhile`);
    this.#renamed = number;
  }
}

const REWATCH_AFTER_MS = 1_000;

/** Watches one file name in a directory, also after the directory itself was replaced. */
class DirectoryWatch {
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @throws if the directory cannot be watched now. */
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
    const directory = dirname(this.path);
    this.#watcher = watch(directory, { persistent: false }, (event, changed) => {
      if (changed === null || changed === name) this.onChange();
      else if (event === 'rename' && changed === basename(directory)) this.#reopenLater();
    });
    this.#watcher.on('error', () => this.#reopenLater());
  }

  #reopenLater(): void {
    this.close();
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

/** Why changes of the state file would fail, and what to do about it; null if they would not. */
async function folderProblem(path: string): Promise<string | null> {
  let folder = dirname(path);
  try {
    folder = dirname(await followLinks(path));
    await stat(folder);
  } catch (error) {
    const what = isMissing(error) ? 'does not exist' : `cannot be read (${codeOf(error)})`;
    return (
      `${folder}, the folder of the maintenance state, ${what}: maintenance cannot be turned on. ` +
      'Create it, or set the path of FileStorage.'
    );
  }
  if ((await isWritable(folder)) || (await isWritable(path))) return null;
  return (
    `${folder}, the folder of the maintenance state, cannot be written by this process: it follows the state, but cannot ` +
    'change it. If it should, allow it to create files there.'
  );
}

async function isWritable(path: string): Promise<boolean> {
  // `access` does not ask Node's permission model, which is undefined without its flag.
  const permission = process.permission as typeof process.permission | undefined;
  if (permission?.has('fs.write', path) === false) return false;
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** An error of Node's permission model with the flags that are missing; other errors as they are. */
function withFlags(error: unknown, path: string): unknown {
  if (codeOf(error) !== 'ERR_ACCESS_DENIED') return error;
  const files = join(dirname(path), '*');
  return new Error(
    `Node's permission model denies access to ${path}. Start the application with ` +
      `--allow-fs-read=${files} --allow-fs-write=${files}`,
    { cause: error },
  );
}
