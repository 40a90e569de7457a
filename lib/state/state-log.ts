import type { Logger } from '@nestjs/common';
import type { MaintenanceEvent, MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { CurrentState, UnknownState } from './current-state.js';

/** Where lines go: Nest's log in an application, stderr in the command line, which does without Nest. */
export type Log = Pick<Logger, 'log' | 'warn' | 'error'>;

/** How often the log reminds of maintenance that has no end. */
const REMINDER_MS = 60 * 60 * 1000;

/** Writes the log of the state: one line for each change of a scope, and for the beginning and the end of an outage. */
export class StateLog {
  #reminder: NodeJS.Timeout | undefined;

  constructor(
    private readonly state: CurrentState,
    private readonly unknownState: UnknownState,
    private readonly logger: Log,
  ) {}

  /** Says what is on when the application boots, which is no change, or that it is not known; then follows the changes. */
  start(failure: Error | null): void {
    if (failure !== null) this.#logFailure(failure);
    else this.#logOn();
    this.#remind();
    this.state.listen(
      (events) => {
        this.#log(events);
        this.#remind();
      },
      () => clearInterval(this.#reminder),
    );
  }

  #logOn(): void {
    for (const status of this.state.list()) {
      if (status.state !== 'off') this.logger.log(this.#present(status));
    }
  }

  #present(status: MaintenanceStatus): string {
    const since = status.state === 'active' ? this.state.activeSince(status.scope) : null;
    return (
      `Maintenance${ofScope(status.scope)} is ${status.state}` +
      `${since === null ? '' : ` since ${since.toISOString()}`}: ${describeSetting(status)}.`
    );
  }

  #log(events: readonly MaintenanceEvent[]): void {
    const [event] = events;
    if (event === undefined) return;
    if (event.type === 'storage-failed') {
      this.#logFailure(event.error ?? new Error('The storage has failed.'));
    } else if (event.type === 'storage-recovered') {
      this.logger.log(`The storage works again. Maintenance is ${describeStatus(event.after)}.`);
    } else {
      this.logger.log(`Maintenance${ofScope(event.scope)} ${lineOf(event)}.`);
    }
  }

  #logFailure(error: Error): void {
    this.logger.error(`${error.message} ${this.#consequence()}`);
  }

  #consequence(): string {
    if (this.state.record !== null) {
      const known = describeStatus(this.state.status());
      return `The last known state stays in effect (${known}). The storage is tried again.`;
    }
    if (this.unknownState === 'throw') return 'Nothing is known, so the application does not boot.';
    return `Nothing is known since boot, so the application is ${this.unknownState}. The storage is tried again.`;
  }

  /** While something is active that nothing ends. The first reminder comes after an hour, also if the state changes meanwhile. */
  #remind(): void {
    if (this.#endless().length === 0) {
      clearInterval(this.#reminder);
      this.#reminder = undefined;
    } else {
      this.#reminder ??= setInterval(() => this.#logReminder(), REMINDER_MS).unref();
    }
  }

  #logReminder(): void {
    for (const status of this.#endless()) this.logger.warn(`${this.#present(status)} It has no end.`);
  }

  #endless(): readonly MaintenanceStatus[] {
    if (this.state.record === null) return [];
    return this.state.list().filter(({ state, endsAt }) => state === 'active' && endsAt === null);
  }
}

function lineOf({ type, before, after, at }: MaintenanceEvent): string {
  switch (type) {
    case 'deactivated':
      if (after.state === 'scheduled') return `${endOf(before, at)}, and is ${describeStatus(after)}`;
      return isOver(before, at) ? endOf(before, at) : `${type}${byWhom(after)}`;
    case 'cancelled':
      return `${type}${byWhom(after)}`;
    case 'updated':
      return `${type}: ${describeStatus(after)}`;
    default:
      return `${type}: ${describeSetting(after)}`;
  }
}

function endOf(before: MaintenanceStatus, at: Date): string {
  return isOver(before, at) ? 'ended: its window is over' : 'deactivated';
}

function isOver({ endsAt }: MaintenanceStatus, at: Date): boolean {
  return endsAt !== null && endsAt <= at;
}

/** A status in words: `active, full, until ..., for "...", by "..."`. */
export function describeStatus(status: MaintenanceStatus): string {
  return status.state === 'off' ? `off${byWhom(status)}` : `${status.state}, ${describeSetting(status)}`;
}

/** What is set, in words: `full, until ..., for "...", by "..."`. */
function describeSetting(status: MaintenanceStatus): string {
  const parts = [
    status.mode,
    status.startsAt ? `from ${status.startsAt.toISOString()}` : '',
    status.endsAt ? `until ${status.endsAt.toISOString()}` : '',
    status.reason === null ? '' : `for ${quoted(status.reason)}`,
  ];
  return parts.filter((part) => part !== '').join(', ') + byWhom(status);
}

/** `, by "admin"` */
function byWhom(status: MaintenanceStatus): string {
  return status.by === null ? '' : `, by ${quoted(status.by)}`;
}

/** ` of "billing"`; nothing for the whole application. */
export function ofScope(scope: string | null): string {
  return scope === null ? '' : ` of ${quoted(scope)}`;
}

/**
 * Text of users as JSON, so that a line break in a reason makes no second line in a log. Also escapes what JSON allows and a
 * terminal or a log takes for a line break or a command.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Remembers what was logged since maintenance became active, so that the log has one line for each activation, not for each call. */
export class OncePerActivation {
  readonly #logged = new Set<string>();

  constructor(state: CurrentState) {
    state.listen((events) => {
      if (events.some(({ type }) => type === 'deactivated')) this.#logged.clear();
    });
  }

  /** Whether this is the first time since maintenance became active. */
  isFirst(key: string): boolean {
    const isFirst = !this.#logged.has(key);
    this.#logged.add(key);
    return isFirst;
  }
}
