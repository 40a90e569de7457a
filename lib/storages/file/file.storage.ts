import { constants, type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve, basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MaintenanceStorage, StoredRecord } from '../../interfaces/maintenance-storage.js';
import { checkOption, string } from '../../validation/check.js';
import { followLinks, isMissing, replaceFile } from './replace-file.js';

/** More than any record has. Of a larger file only this much is read, which does not parse as a record. */
const MAX_FILE_SIZE = 4 * 1024 * 1024;

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

async function beginOf(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_SIZE), 0, MAX_FILE_SIZE, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

/** @publicApi */
export interface FileStorageOptions {
  /** Relative to the working directory. Default: `maintenance-state.json`. */
  readonly path?: string;
}

/**
 * Keeps the state in a file, for one machine or a shared volume.
 *
 * A write replaces the file in one step (temporary file, fsync, rename), so a reader sees the old state or the new one and
 * a crash leaves one of them. The file keeps its mode, and its owner if root writes it. Deleting the file turns maintenance off.
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
      throw error;
    }
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new NotAFileError(this.location);
      return {
        text: stats.size > MAX_FILE_SIZE ? await beginOf(file) : await file.readFile('utf8'),
        version: null,
      };
    } finally {
      await file.close();
    }
  }

  async write(text: string): Promise<StoredRecord> {
    const write = this.#writeInTurn(text);
    this.#previous = write.catch(() => undefined);
    await write;
    return { text, version: null };
  }

  /** Watches the directory: a watcher of the file itself sees nothing after the first rename. */
  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const watcher = new DirectoryWatch(await followLinks(this.location), onChange);
    return async () => watcher.close();
  }

  async #writeInTurn(text: string): Promise<void> {
    this.#started += 1;
    const number = this.#started;
    await this.#previousDone();
    await replaceFile(await followLinks(this.location), text, () => this.#beforeRename(number));
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
  #beforeRename(number: number): void {
    if (number < this.#renamed) throw new Error(`${this.location}: a later write has been made meanwhile`);
    this.#renamed = number;
  }
}

const REWATCH_AFTER_MS = 1_000;

/** Watches one file name in a directory, also after the directory itself was replaced. */
export class DirectoryWatch {
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
