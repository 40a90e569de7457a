import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { JobPauses, PausableMethod } from '../contracts/job-pauses.js';
import { JOB_PAUSES } from '../contracts/tokens.js';
import { pausableMethod } from '../decorators/pause-during-maintenance.decorator.js';
import { RouteRules } from '../http/route-rules.js';
import { Policy } from '../policy/policy.js';
import { CurrentState } from '../state/current-state.js';
import { OncePerMaintenance } from '../state/once-per-maintenance.js';
import { isQueueJob, putBack } from './queue-job.js';
import { QueueWorkers } from './queue-workers.js';

/** Holds the methods with `@PauseDuringMaintenance()` of one application back. */
@Injectable()
export class ApplicationPauses implements JobPauses, OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #told: OncePerMaintenance;
  #workers = new QueueWorkers(new Map());

  constructor(
    private readonly modules: ModulesContainer,
    private readonly rules: RouteRules,
    private readonly policy: Policy,
    private readonly state: CurrentState,
  ) {
    this.#told = new OncePerMaintenance(state.events);
  }

  holdBack(instance: object, method: PausableMethod, args: readonly unknown[]): { result: unknown } | null {
    if (!this.#isHeld(instance, method)) return null;
    const { name } = method.handler;
    const label = `${instance.constructor.name}.${name}`;
    if (this.#told.isFirst(label)) this.#logger.log(`${label}() is held back during maintenance.`);
    const [job, token] = args;
    if (isQueueJob(job)) {
      this.#workers.align();
      return { result: putBack(job, token) };
    }
    return { result: method.isAsync ? Promise.resolve() : undefined };
  }

  /** Nest has told the instances that it has made itself; those of factories, and `useValue`, are told here. */
  onModuleInit(): void {
    for (const instance of this.#instances()) {
      Reflect.set(instance, JOB_PAUSES, this);
    }
  }

  /** Workers of @nestjs/bullmq are made in `onModuleInit`. */
  onApplicationBootstrap(): void {
    const hosts = this.#instances().flatMap((instance) => {
      const method = pausableMethod(Reflect.get(instance, 'process'));
      return method ? [[instance, () => this.#isHeld(instance, method)] as const] : [];
    });
    if (hosts.length === 0) return;
    this.#workers = new QueueWorkers(new Map(hosts));
    this.state.events.subscribe(() => this.#workers.align());
    this.#workers.align();
  }

  #isHeld(instance: object, { handler }: PausableMethod): boolean {
    return this.policy.held(this.rules.of(instance.constructor as Type, handler)) !== null;
  }

  /** Those that have the decorator. Of request-scoped ones it is what Nest keeps in their place, which has the worker. */
  #instances(): object[] {
    return [...this.modules.values()].flatMap(({ providers, controllers }) =>
      [...providers.values(), ...controllers.values()]
        .map((wrapper): unknown => wrapper.instance)
        .filter((instance) => typeof instance === 'object' && instance !== null)
        .filter(hasPauses),
    );
  }
}

/** A proxy of other people's making may answer such a question with an error. */
function hasPauses(instance: object): boolean {
  try {
    return JOB_PAUSES in instance;
  } catch {
    return false;
  }
}
