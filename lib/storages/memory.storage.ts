import type { MaintenanceStorage, StoredRecord } from '../interfaces/maintenance-storage.js';
import { MaintenanceConflictError } from '../errors.js';

/**
 * Keeps the state in this process: for tests, and for an application that may lose the state when it restarts.
 *
 * Atomic. Calls its watchers at each write, so several modules in one process can share it.
 *
 * @publicApi
 */
export class MemoryStorage implements MaintenanceStorage {
  readonly name = 'memory';
  readonly atomic = true;

  #record: StoredRecord | null = null;
  #writes = 0;
  readonly #watchers = new Set<() => void>();

  async read(): Promise<StoredRecord | null> {
    return this.#record;
  }

  async write(text: string, expected?: string | null): Promise<StoredRecord> {
    if (expected !== undefined && expected !== (this.#record?.version ?? null)) {
      throw new MaintenanceConflictError(this.name);
    }
    this.#writes += 1;
    this.#record = { text, version: String(this.#writes) };
    for (const onChange of this.#watchers) onChange();
    return this.#record;
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    // A new function for each watcher, so that the same callback can watch twice.
    const watcher = (): void => onChange();
    this.#watchers.add(watcher);
    return async () => void this.#watchers.delete(watcher);
  }
}
