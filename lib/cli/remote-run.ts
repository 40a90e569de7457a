import { setTimeout as delay } from 'node:timers/promises';
import type { EnableOptions } from '../interfaces/maintenance-status.js';
import { RoutesError } from './routes-answer.js';
import { type KnownStatus, statusOfScope, type Target } from './target.js';
import { complain, messageOf } from './terminal.js';

/** How long to try to restore what was before. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 1_000;

type Setting = KnownStatus | undefined;

/** `run` over the routes: on, the work, and then on or off again, by requests of their own. */
export class RemoteRun {
  readonly #scope: string | null;
  #previous: Setting;
  /** What this run has set, with the end that the lease has moved on. */
  #ours: Setting;

  constructor(
    private readonly target: Pick<Target, 'read' | 'enable' | 'update' | 'disable'>,
    private readonly options: EnableOptions,
  ) {
    this.#scope = options.scope ?? null;
  }

  async run<T>(work: (revision: number) => Promise<T>): Promise<T> {
    const { before, after } = await this.target.enable(this.options);
    this.#previous = statusOfScope(before, this.#scope);
    this.#ours = statusOfScope(after, this.#scope);
    const over = new AbortController();
    const lease = this.#holdLease(over.signal);
    const [done] = await Promise.allSettled([work(this.#ours?.revision ?? 0)]);
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

  /** Moves the end on by the same span before it comes, as long as the work takes. */
  async #holdLease(over: AbortSignal): Promise<void> {
    const firstEnd = this.#ours?.endsAt?.getTime();
    if (firstEnd === undefined) return;
    const span = firstEnd - Date.now();
    for (let end = firstEnd; ;) {
      const pause = Math.max(end - Date.now() - span / 3, RETRY_MS);
      await delay(pause, undefined, { signal: over, ref: false }).catch(() => undefined);
      if (over.aborted) return;
      const next = new Date(Math.max(end, Date.now()) + span);
      try {
        const { after } = await this.target.update({ endsAt: next, ...this.#named() });
        this.#ours = statusOfScope(after, this.#scope);
        end = next.getTime();
        complain(`The command takes longer than planned: maintenance now ends at ${next.toISOString()}.`);
      } catch (error) {
        complain(`The end of maintenance could not be moved on: ${messageOf(error)}`);
      }
    }
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
    const present = statusOfScope(await this.target.read(), this.#scope);
    const previous = isOn(this.#previous) ? this.#previous : undefined;
    if (isSameSetting(present, previous)) return;
    if (!isSameSetting(present, this.#ours)) {
      complain('The state was changed by somebody else while the command ran: it stays as it is.');
    } else if (previous === undefined) {
      await this.target.disable(this.#named());
    } else {
      const { reason, startsAt, endsAt, mode } = previous;
      const isPast = startsAt !== null && startsAt.getTime() <= Date.now();
      // A later start would be the next stage of what this run has set, not its replacement.
      if (!isPast && startsAt !== null) {
        await this.target.disable(this.#named());
        this.#ours = undefined;
      }
      const members = { reason, startsAt: isPast ? null : startsAt, endsAt };
      const set = Object.entries(members).filter(([, value]) => value !== null);
      await this.target.enable({ ...this.#named(), mode, ...Object.fromEntries(set) });
    }
  }

  #named(): { readonly scope?: string } {
    return this.#scope === null ? {} : { scope: this.#scope };
  }
}

/** Whether it is on or scheduled, and not over by now. */
function isOn(setting: Setting): boolean {
  if (setting === undefined || setting.state === 'off') return false;
  return setting.endsAt === null || setting.endsAt.getTime() > Date.now();
}

function isSameSetting(a: Setting, b: Setting): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf(setting: Setting): string {
  if (setting === undefined || setting.state === 'off') return 'off';
  const { state, mode, reason, startsAt, endsAt } = setting;
  return JSON.stringify([state, mode, reason, startsAt, endsAt]);
}
