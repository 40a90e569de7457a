import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChange,
  MaintenanceStatus,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';

/** A status, and since when it has been active without a break, if that is known. */
export interface KnownStatus extends MaintenanceStatus {
  readonly since: Date | null;
}

/** The application, then every scope that is on or scheduled; two for one whose next stage is planned. */
export type Statuses = readonly KnownStatus[];

/** What was before a change, and what is after it. `before` is empty if the stored text could not be parsed. */
export interface Change {
  readonly before: Statuses;
  readonly after: Statuses;
}

/** Where a command works: on a storage, or on the routes of a running application. */
export interface Target {
  /** `Storage: file /var/lib/shop/maintenance.json`, for the last line of each answer. */
  readonly label: string;
  /** The same for programs. */
  readonly identity: { readonly storage: string } | { readonly application: string };
  /** What else is unusual about this place, a sentence each. */
  readonly remarks: readonly string[];
  /** What forces the state; null if nothing does, or if it is not known. */
  readonly forcedBy: string | null;
  /** The longest time, in milliseconds, until all processes know of a change; 0 if they are told at once. */
  readonly noticeMs: number;

  read(): Promise<Statuses>;
  enable(options: EnableOptions): Promise<Change>;
  disable(options: DisableOptions): Promise<Change>;
  update(changes: UpdateOptions): Promise<Change>;
  /** Moves the end on. @throws if nothing is on, or if it has no end. */
  extend(ms: number, options: ScopeAndAuthor): Promise<Change>;
  /**
   * Turns maintenance on, does the work, and restores the previous state.
   *
   * @param work takes the revision of the record that turned it on.
   */
  run<T>(work: (revision: number) => Promise<T>, options: EnableOptions): Promise<T>;
  /** The last changes, newest first. */
  history(limit?: number): Promise<readonly MaintenanceChange[]>;
  /** @throws if this place cannot make bypass links, before anything is changed. */
  checkBypass(): void;
  /** The path of a bypass link with a new secret. */
  issueBypass(author: { readonly by?: string }): Promise<string>;
  close(): Promise<void>;
}

export interface ScopeAndAuthor {
  readonly scope?: string;
  readonly by?: string;
}

/** What a place says of a scope; undefined if it is off there. */
export function statusOfScope(statuses: Statuses, scope: string | null | undefined): KnownStatus | undefined {
  return statuses.find((status) => status.scope === (scope ?? null));
}
