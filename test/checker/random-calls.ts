import { setTimeout as delay } from 'node:timers/promises';
import type { MaintenanceService } from 'nestjs-maintenance-mode';
import type { Operation } from './history.js';
import { type Journal, SCOPES } from './journal.js';

type Mode = 'full' | 'read-only';

const LONGEST_WORK_MS = 200;

/** Calls of the service by a seed, each with a name that no other call has, in the journal before it is made and when it ends. */
export class RandomCalls {
  #count = 0;

  constructor(
    private readonly service: MaintenanceService,
    private readonly journal: Journal,
    private readonly random: (limit: number) => number,
    private readonly process: string,
  ) {}

  async next(): Promise<void> {
    const scope = SCOPES[this.random(SCOPES.length)] ?? null;
    const mode = this.random(4) === 0 ? 'read-only' : 'full';
    const kind = this.random(100);
    if (kind < 40) return this.enable(scope, mode);
    if (kind < 75) return this.disable(scope);
    if (kind < 82) return this.#run(scope, mode);
    return this.refresh();
  }

  async enable(scope: string | null, mode: Mode): Promise<void> {
    await this.#call('enable', scope, mode, (by) => {
      return this.service.enable({ ...named(scope), mode, by, reason: by });
    });
  }

  async disable(scope: string | null): Promise<void> {
    await this.#call('disable', scope, undefined, (by) => this.service.disable({ ...named(scope), by }));
  }

  async refresh(): Promise<void> {
    await this.#call('refresh', null, undefined, () => this.service.refresh());
  }

  async #run(scope: string | null, mode: Mode): Promise<void> {
    const workMs = this.random(LONGEST_WORK_MS);
    await this.#call('run', scope, mode, (by) => {
      const work = async (): Promise<void> => {
        this.journal.write({ kind: 'working', call: by, phase: 'began' });
        await delay(workMs);
        this.journal.write({ kind: 'working', call: by, phase: 'done' });
      };
      return this.service.run(work, { ...named(scope), mode, by, reason: by });
    });
  }

  async #call(
    operation: Operation,
    scope: string | null,
    mode: Mode | undefined,
    make: (call: string) => Promise<unknown>,
  ): Promise<void> {
    this.#count += 1;
    const call = `${this.process}/${this.#count}`;
    this.journal.write({ kind: 'invoked', call, operation, scope, ...(mode && { mode }) });
    try {
      await make(call);
      this.journal.write({ kind: 'ended', call, outcome: 'ok', shown: this.journal.look() });
    } catch (error) {
      const message = String(error);
      const outcome = /unknown/i.test(message) ? 'unknown' : 'rejected';
      this.journal.write({ kind: 'ended', call, outcome, shown: this.journal.look(), message });
    }
  }
}

function named(scope: string | null): { scope?: string } {
  return scope === null ? {} : { scope };
}
