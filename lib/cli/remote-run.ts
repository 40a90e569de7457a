import { setTimeout as delay } from 'node:timers/promises';
import type { EnableOptions } from '../interfaces/maintenance-status.js';
import { type RoutesClient, type RoutesEntry, RoutesError, type RoutesStatus } from './routes-client.js';
import { complain, messageOf } from './terminal.js';

/** How long to try to restore what was before. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 1_000;

/** A request that restores a part of what was before; null: turn it off. */
type Step = Setting | null;

/** `run` over the routes: on, the work, and then on or off again, by requests of their own. */
export class RemoteRun {
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
