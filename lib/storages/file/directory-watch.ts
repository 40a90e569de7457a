import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

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
