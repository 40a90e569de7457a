import { existsSync } from 'node:fs';
import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChange,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import { extendBy } from '../state/update-changes.js';
import { storageLabel } from '../state/record-repository.js';
import { createState, type StateParts } from '../state/state-lifecycle.js';
import type { LoadedOptions } from './load-options.js';
import type { Change, ScopeAndAuthor, Statuses, Target } from './target.js';

/** The longest poll interval is this much longer than `sync.pollIntervalMs`. */
const JITTER = 1.1;

/** The storage that the application uses. The application is not started. */
export class StorageTarget implements Target {
  readonly label: string;
  readonly identity: Target['identity'];
  readonly remarks: readonly string[];
  readonly forcedBy: string | null;
  readonly noticeMs: number;
  readonly #parts: StateParts;
  readonly #routes: string;

  constructor({ options, forcedBy, remark, routes }: LoadedOptions) {
    const { storage, sync, enabled } = options;
    this.#parts = createState(options, 'cli');
    this.#routes = routes;
    this.identity = { storage: storageLabel(storage) };
    this.label = `Storage: ${storageLabel(storage)}${isMissing(storage) ? ' (the file did not exist)' : ''}`;
    this.remarks = remark === null ? [] : [remark];
    this.forcedBy = enabled === undefined ? null : forcedBy;
    // A poll that has just begun may still read the state from before.
    this.noticeMs = storage.watch === undefined ? JITTER * sync.pollIntervalMs + sync.timeoutMs : 0;
  }

  async read(): Promise<Statuses> {
    await this.#parts.service.refresh();
    return this.#known();
  }

  async enable(options: EnableOptions): Promise<Change> {
    return this.#change(async () => this.#parts.service.enable(options));
  }

  async disable(options: DisableOptions): Promise<Change> {
    return this.#change(async () => this.#parts.service.disable(options));
  }

  async update(changes: UpdateOptions): Promise<Change> {
    return this.#change(async () => this.#parts.service.update(changes));
  }

  async extend(ms: number, options: ScopeAndAuthor): Promise<Change> {
    return this.#change(async () => this.#parts.writer.update(extendBy(ms, options), { via: 'cli' }));
  }

  async run<T>(work: (revision: number) => Promise<T>, options: EnableOptions): Promise<T> {
    const { service } = this.#parts;
    return service.run(() => work(service.status().revision), options);
  }

  async history(limit?: number): Promise<readonly MaintenanceChange[]> {
    return this.#parts.service.history(limit === undefined ? {} : { limit });
  }

  checkBypass(): void {
    // Any storage can keep a secret.
  }

  async issueBypass(author: { readonly by?: string }): Promise<string> {
    return `/${this.#routes}/bypass/${await this.#parts.service.issueBypassSecret(author)}`;
  }

  async close(): Promise<void> {
    await this.#parts.lifecycle.beforeApplicationShutdown();
  }

  async #change(make: () => Promise<unknown>): Promise<Change> {
    // Text that cannot be parsed is replaced by the change itself.
    const before = await this.read().catch(() => []);
    await make();
    return { before, after: this.#known() };
  }

  #known(): Statuses {
    const { service, state } = this.#parts;
    return service.list().map((status) => {
      const since = status.state === 'active' ? state.activeSince(status.scope) : null;
      return Object.assign({ since }, status);
    });
  }
}

function isMissing({ name, location }: MaintenanceStorage): boolean {
  return name === 'file' && location !== undefined && !existsSync(location);
}
