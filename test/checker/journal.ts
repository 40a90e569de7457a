import { openSync, writeSync } from 'node:fs';
import type { MaintenanceEvent, MaintenanceService, MaintenanceStatus } from 'nestjs-maintenance-mode';
import { now } from './clock.js';
import type { Entry, Seen } from './history.js';

export const SCOPES = [null, 'billing', 'reports'] as const;

/** Of a machine that is not too busy for what is checked, a timer is never so late. */
const HELD_UP_MS = 500;
/** Between two looks at what is shown. */
const LOOK_EVERY_MS = 5;

type WithoutBase<Of> = Of extends unknown ? Omit<Of, 'at' | 'process'> : never;

/** Writes down what one process does and sees, at once: what was written survives a `kill -9` of the process. */
export class Journal {
  readonly #file: number;
  readonly #last = new Map<string | null, string>();

  constructor(
    path: string,
    private readonly process: string,
    private readonly service: MaintenanceService,
  ) {
    this.#file = openSync(path, 'a');
    this.write({ kind: 'booted', stale: service.status().stale });
    service.events.subscribe((event) => this.#tell(event));
    this.look();
    let last = now();
    setInterval(() => {
      const ms = now() - last;
      last += ms;
      if (ms > HELD_UP_MS) this.write({ kind: 'held-up', ms: Math.round(ms) });
      this.look();
    }, LOOK_EVERY_MS);
  }

  write(entry: WithoutBase<Entry>): void {
    const line = { at: now(), process: this.process, ...entry };
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** What is shown now, of each scope that the application's own state does not hide. */
  look(): readonly Seen[] {
    const statuses = SCOPES.map((scope) => ({
      scope,
      status: seen(this.service.status(scope ?? undefined)),
    }));
    const visible = statuses.filter(({ scope, status }) => status.scope === scope);
    for (const { scope, status } of visible) {
      const text = JSON.stringify(status);
      if (this.#last.get(scope) === text) continue;
      this.#last.set(scope, text);
      this.write({ kind: 'shown', status });
    }
    return visible.map(({ status }) => status);
  }

  #tell({ type, scope, before, after, error }: MaintenanceEvent): void {
    const message = error === undefined ? {} : { message: error.message };
    this.write({ kind: 'told', type, scope, before: seen(before), after: seen(after), ...message });
  }
}

function seen({ scope, state, mode, reason, by, revision, stale }: MaintenanceStatus): Seen {
  return { scope, state, mode, reason, by, revision, stale };
}
