import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { type JobPauses, type PausableMethod, JOB_PAUSES } from '../interfaces/tokens.js';
import { pausableMethod } from '../decorators/pause-during-maintenance.decorator.js';
import { routeRuleOf } from '../policy/route-rules.js';
import { Policy } from '../policy/policy.js';
import { CurrentState } from '../state/current-state.js';
import { InFlightWork } from '../drain/in-flight-work.js';
import { OncePerActivation } from '../state/state-events.js';
import { fetchedJob, putBack } from './queue-job.js';
import { QueueWorkers } from './queue-workers.js';

/** What `@Processor()` writes on a class; @nestjs/bullmq is not imported here. */
const PROCESSOR = 'bullmq:processor_metadata';

/** Holds the methods with `@PauseDuringMaintenance()` of one application back. */
@Injectable()
export class ApplicationPauses implements JobPauses, OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #told: OncePerActivation;
  /** Jobs whose `process` has begun to run: they are never put back. */
  readonly #begun = new WeakSet<object>();
  #workers = new QueueWorkers(new Map());

  constructor(
    private readonly modules: ModulesContainer,
    private readonly policy: Policy,
    private readonly state: CurrentState,
    private readonly work: InFlightWork,
  ) {
    this.#told = new OncePerActivation(state.events);
  }

  call(instance: object, method: PausableMethod, args: readonly unknown[]): unknown {
    const job = isProcess(instance, method) ? fetchedJob(args) : null;
    if (!this.#isHeld(instance, method)) {
      if (job) this.#begun.add(job);
      const known = [instance, ...args];
      return this.work.run(() => method.original.apply(instance, [...args]), undefined, known);
    }
    const { name } = method.handler;
    const label = `${instance.constructor.name}.${name}`;
    if (this.#told.isFirst(label)) this.#logger.log(`${label}() is held back during maintenance.`);
    if (!job || this.#begun.has(job)) return method.emptyResult();
    this.#workers.align();
    return putBack(job);
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
    return this.policy.activeStatus(routeRuleOf(instance.constructor as Type, handler)) !== null;
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

/** What @nestjs/bullmq calls for a job: not what the application calls from there, or in its place. */
function isProcess(instance: object, { handler }: PausableMethod): boolean {
  return Reflect.hasMetadata(PROCESSOR, instance.constructor) && Reflect.get(instance, 'process') === handler;
}

/** A proxy of other people's making may answer such a question with an error. */
function hasPauses(instance: object): boolean {
  try {
    return JOB_PAUSES in instance;
  } catch {
    return false;
  }
}
