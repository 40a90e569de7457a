import { setTimeout as delay } from 'node:timers/promises';
import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChange,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import { keptReason } from '../state/change-options.js';
import { type RoutesClient, type RoutesEntry, RoutesError, type RoutesStatus } from './routes-client.js';
import {
  type Change,
  type KnownStatus,
  type ScopeAndAuthor,
  type Statuses,
  statusOfScope,
  type Target,
} from './target.js';
import { complain, messageOf, UsageError } from './terminal.js';

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
    // The public scopes list a planned stage as a separate entry.
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

/** How long to try to restore the previous state. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 1_000;

/** A request that restores a part of the previous state; null: turn it off. */
type Step = Setting | null;

/** `run` over the routes: on, the work, and then on or off again, by separate requests. */
class RemoteRun {
  readonly #scope: string | null;
  #previous: Setting | null = null;
  /** What this run has set last. */
  #ours: Setting | null = null;
  /** What it may have set by a request whose answer was lost. */
  #attempt: Setting | null = null;
  /** What is left to restore; undefined: that is not known yet. */
  #steps: Step[] | undefined;

  constructor(
    private readonly client: Pick<RoutesClient, 'status' | 'post'>,
    private readonly options: EnableOptions,
  ) {
    this.#scope = options.scope ?? null;
  }

  async run<T>(work: (revision: number) => Promise<T>): Promise<T> {
    this.#previous = await this.#read();
    if (!isOff(this.#previous) && this.#previous?.details === null) {
      complain(
        'The application does not show the note, the addresses that are let in and the next stage of what is on now: ' +
          'they will not be restored.',
      );
    }
    const { revision } = await this.#set('on', this.options);
    const over = new AbortController();
    const lease = this.#holdLease(over.signal);
    const [done] = await Promise.allSettled([work(revision ?? 0)]);
    over.abort();
    await lease;
    const [restored] = await Promise.allSettled([this.#restore()]);
    if (done.status === 'rejected' && restored.status === 'rejected') {
      const message = 'The work has failed, and the maintenance state could not be restored.';
      throw new AggregateError([done.reason, restored.reason], message);
    }
    if (restored.status === 'rejected') throw restored.reason;
    if (done.status === 'rejected') throw done.reason;
    return done.value;
  }

  /** Moves the end on by the same span when half of it is left, as long as the work takes and nobody else changes it. */
  async #holdLease(over: AbortSignal): Promise<void> {
    const firstEnd = this.#ours?.status.endsAt?.getTime();
    if (firstEnd === undefined) return;
    const span = firstEnd - Date.now();
    for (let end = firstEnd; ;) {
      const pause = Math.max(end - Date.now() - span / 2, RETRY_MS);
      await delay(pause, undefined, { signal: over, ref: false }).catch(() => undefined);
      if (over.aborted) return;
      try {
        const next = new Date(Math.max(end, Date.now()) + span);
        if (!(await this.#moveEnd(next))) {
          complain('Somebody else has changed the maintenance: theirs stays, and its end is not moved on.');
          return;
        }
        end = next.getTime();
        complain(`The command takes longer than planned: maintenance now ends at ${next.toISOString()}.`);
      } catch (error) {
        complain(`The end of maintenance could not be moved on: ${messageOf(error)}`);
      }
    }
  }

  /** Resolves to false if it is not ours any more. */
  async #moveEnd(endsAt: Date): Promise<boolean> {
    const ours = this.#ours;
    if (ours === null || !this.#isOurs(await this.#read())) return false;
    this.#attempt = { ...ours, status: { ...ours.status, endsAt } };
    await this.#set('update', { endsAt });
    // Somebody may have changed it between the two requests.
    if (this.#ours !== null && isSameText(this.#ours, ours)) return true;
    this.#ours = ours;
    return false;
  }

  async #restore(): Promise<void> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#restoreOnce();
      } catch (error) {
        if (!(error instanceof RoutesError) || !error.isTemporary || Date.now() > giveUpAt) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  async #restoreOnce(): Promise<void> {
    const present = await this.#read();
    this.#steps ??= this.#stepsTo(present);
    const [first] = this.#steps;
    if (first !== undefined && !this.#isOurs(present)) {
      // It may be restored already, by a request whose answer was lost.
      if (!(first === null ? isOff(present) : isSameWindow(present, first) && isSameText(present, first))) {
        complain('The state was changed by somebody else while the command ran: it stays as it is.');
        return;
      }
      this.#ours = present;
      this.#steps.shift();
    }
    for (let [step] = this.#steps; step !== undefined; [step] = this.#steps) {
      if (step === null) await this.#set('off', {});
      else await this.#setAgain(step);
      this.#steps.shift();
    }
  }

  async #setAgain(stage: Setting): Promise<void> {
    await this.#set('on', settingBody(stage));
    const isNext = this.#ours?.status.state === 'active' && stage.status.state === 'scheduled';
    if (isNext || isSameWindow(this.#ours, stage)) return;
    const end = this.#ours?.status.endsAt?.toISOString() ?? 'never';
    complain(`What was before is restored, except for its window: it now ends at ${end}.`);
  }

  /** What was before, except what is over by now, and then what was planned since. */
  #stepsTo(present: Setting | null): Step[] {
    const now = Date.now();
    const next = present?.next ?? this.#previous?.next ?? null;
    const hasBegun = next !== null && (next.status.startsAt?.getTime() ?? now) <= now;
    const stages = [hasBegun ? null : this.#previous, next].filter(
      (stage) => !isOff(stage) && (stage?.status.endsAt?.getTime() ?? Infinity) > now,
    );
    const begins = stages[0]?.status.startsAt?.getTime() ?? 0;
    // A later start would be the next stage of what this run has set, not its replacement.
    return stages.length === 0 || begins > now ? [null, ...stages] : stages;
  }

  #isOurs(present: Setting | null): boolean {
    const ours = this.#ours;
    if (ours === null) return false;
    if (isOff(present)) return isOff(ours) || this.#hasRunOut(ours, present);
    const isKnown = present?.details !== null && ours.details !== null;
    if (isKnown && present?.details.setIn === ours.details.setIn) return true;
    const candidates = [isKnown ? null : ours, this.#attempt];
    return candidates.some((candidate) => isSameWindow(present, candidate) && isSameText(present, candidate));
  }

  /** Whether ours is off because its end has come, and not because somebody has turned it off. */
  #hasRunOut(ours: Setting, present: Setting | null): boolean {
    if (ours.status.endsAt === null || ours.status.endsAt.getTime() > Date.now()) return false;
    const setIn = present?.details?.setIn;
    return setIn === undefined || setIn === ours.details?.setIn;
  }

  async #read(): Promise<Setting | null> {
    return settingOf(await this.client.status(), this.#scope);
  }

  /** The answer of a change says what it has set, also if somebody changes it right after that. */
  async #set(action: 'on' | 'off' | 'update', members: object): Promise<RoutesStatus> {
    const scope = this.#scope === null ? {} : { scope: this.#scope };
    const answer = await this.client.post(action, { ...members, ...scope });
    this.#ours = settingOf(answer, this.#scope, answer.revision);
    this.#attempt = null;
    return answer;
  }
}

/** What is set for the application or for a scope, as the routes show it. */
type Setting = RoutesEntry;

/**
 * What an answer says of a scope; null if it is not in it, so that it is off.
 *
 * @param setIn the revision of the change that the answer belongs to.
 */
function settingOf(
  { entries }: RoutesStatus,
  scope: string | null,
  setIn: number | null = null,
): Setting | null {
  const entry = entries.find(({ status }) => status.scope === scope) ?? null;
  if (entry === null || setIn === null) return entry;
  return { ...entry, details: { note: null, allow: [], announceFrom: null, since: null, setIn } };
}

function isOff(setting: Setting | null): boolean {
  return setting === null || setting.status.state === 'off';
}

function isSameText(a: Setting | null, b: Setting | null): boolean {
  return a?.status.mode === b?.status.mode && a?.status.reason === b?.status.reason;
}

/** Whether both begin and end at the same time; what has begun may have been set with a start or without. */
function isSameWindow(a: Setting | null, b: Setting | null): boolean {
  return JSON.stringify(windowOf(a)) === JSON.stringify(windowOf(b));
}

function windowOf(setting: Setting | null): unknown {
  if (setting === null) return null;
  const { startsAt, endsAt } = setting.status;
  const begins = startsAt !== null && startsAt.getTime() > Date.now() ? startsAt : null;
  return [begins, endsAt];
}

/** The body of a POST that sets it again. */
function settingBody({ status, details }: Setting): object {
  const { reason, reasons, mode, startsAt, endsAt } = status;
  const { note = null, allow = [], announceFrom = null } = details ?? {};
  const isLater = startsAt !== null && startsAt.getTime() > Date.now();
  const members = {
    reason: reasons ?? reason,
    mode,
    startsAt,
    endsAt,
    note,
    announceFrom: isLater ? announceFrom : null,
    allow: allow.length === 0 ? null : { ipAddresses: allow },
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
