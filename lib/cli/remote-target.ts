import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChange,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import { keptReason } from '../state/change-options.js';
import { RemoteRun } from './remote-run.js';
import type { RoutesClient, RoutesEntry } from './routes-client.js';
import { UsageError } from './terminal.js';
import {
  type Change,
  type KnownStatus,
  type ScopeAndAuthor,
  statusOfScope,
  type Statuses,
  type Target,
} from './target.js';

/** The default of `sync.pollIntervalMs` with its jitter, and of `sync.timeoutMs`: the application does not say its own. */
const NOTICE_MS = 2_100;

/** The routes of a running application, for platforms on which a shell does not share the application's disk. */
export class RemoteTarget implements Target {
  readonly label: string;
  readonly identity: Target['identity'];
  readonly remarks = [];
  readonly forcedBy = null;
  readonly noticeMs = NOTICE_MS;

  constructor(private readonly client: RoutesClient) {
    this.label = `Application: ${client.url}`;
    this.identity = { application: client.url };
  }

  async read(): Promise<Statuses> {
    const { entries } = await this.client.status();
    // The public scopes list a planned stage as an entry of its own.
    const isFirst = ({ status }: RoutesEntry, index: number): boolean =>
      entries.findIndex((other) => other.status.scope === status.scope) === index;
    const stages = entries.flatMap((entry, index) =>
      entry.next === null || !isFirst(entry, index) ? [entry] : [entry, entry.next],
    );
    return [...new Map(stages.map((stage) => [keyOf(stage), withSince(stage)])).values()];
  }

  async enable({ by, ...options }: EnableOptions): Promise<Change> {
    refuseAuthor(by);
    const { before, after } = await this.#change('on', options);
    return { before, after: withPlan(after, options) };
  }

  async disable({ by, ...options }: DisableOptions): Promise<Change> {
    refuseAuthor(by);
    return this.#change('off', options);
  }

  async update({ by, ...changes }: UpdateOptions): Promise<Change> {
    refuseAuthor(by);
    return this.#change('update', changes);
  }

  async extend(ms: number, { scope, by }: ScopeAndAuthor): Promise<Change> {
    const status = statusOfScope(await this.read(), scope);
    if (status?.endsAt === undefined || status.endsAt === null)
      throw new Error('It has no end: it stays on until it is turned off.');
    const endsAt = new Date(status.endsAt.getTime() + ms);
    return this.update({ endsAt, ...(scope !== undefined && { scope }), ...(by !== undefined && { by }) });
  }

  async run<T>(work: (revision: number) => Promise<T>, options: EnableOptions): Promise<T> {
    const { by, ...setting } = options;
    refuseAuthor(by);
    return new RemoteRun(this.client, setting).run(work);
  }

  async history(): Promise<readonly MaintenanceChange[]> {
    throw new UsageError('history is kept in the storage: the routes do not show it; the admin page does');
  }

  checkBypass(): never {
    throw new UsageError('--with-bypass needs the storage: over --url, the admin page makes bypass links');
  }

  async issueBypass(): Promise<string> {
    return this.checkBypass();
  }

  async close(): Promise<void> {}

  async #change(action: 'on' | 'off' | 'update', body: object): Promise<Change> {
    const before = await this.read();
    await this.client.post(action, body);
    return { before, after: await this.read() };
  }
}

/** The status of the routes shows what is active, not the next stage that is planned behind it. */
function withPlan(statuses: Statuses, { scope, startsAt, endsAt, mode, reason }: EnableOptions): Statuses {
  const present = statusOfScope(statuses, scope);
  const start = new Date(startsAt ?? 0);
  if (present?.state !== 'active' || start.getTime() <= Date.now()) return statuses;
  const window = {
    startsAt: start,
    endsAt: endsAt === undefined || endsAt === null ? null : new Date(endsAt),
  };
  const text = { mode: mode ?? 'full', ...keptReason(reason ?? null) };
  const planned: KnownStatus = { ...present, ...window, ...text, state: 'scheduled', since: null };
  return statuses.some((status) => status.scope === present.scope && status.state === 'scheduled')
    ? statuses
    : [...statuses, planned];
}

function withSince({ status, details }: RoutesEntry): KnownStatus {
  return { ...status, since: status.state === 'active' ? (details?.since ?? status.startsAt) : null };
}

function keyOf({ status: { scope, state, startsAt } }: RoutesEntry): string {
  return JSON.stringify([scope, state, startsAt]);
}

function refuseAuthor(by: string | null | undefined): void {
  if (by !== undefined && by !== null)
    throw new UsageError('--by belongs to the storage: over --url the application knows who you are');
}
