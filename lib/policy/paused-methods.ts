import { Logger, type OnApplicationBootstrap, type OnModuleInit, type Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { JOB_PAUSES, type JobPauses, type PausableMethod } from '../interfaces/tokens.js';
import { pausableMethod } from '../decorators/pause-during-maintenance.decorator.js';
import { routeRuleOf } from './route-rules.js';
import type { Policy } from './policy.js';
import type { CurrentState } from '../state/current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';
import { OncePerActivation } from '../state/state-events.js';

/** What is done for queues, whose jobs would be lost if `process` were only skipped. */
export interface JobQueues {
  /** Before a method runs. */
  begin(instance: object, method: PausableMethod, args: readonly unknown[]): void;
  /** Instead of running a method; null if that is no job which a worker has just fetched. */
  putBack(instance: object, method: PausableMethod, args: readonly unknown[]): Promise<never> | null;
  /** @param hosts instances that may have a `worker`, each with the question whether it is held back now. */
  pauseWorkers(hosts: ReadonlyMap<object, () => boolean>): void;
}

/**
 * Holds the methods with `@PauseDuringMaintenance()` of one application back. In every application, since a module that is
 * loaded later may have some.
 */
export class PausedMethods implements JobPauses, OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #told: OncePerActivation;

  /** @param queues null if no `process` has the decorator. */
  constructor(
    private readonly modules: ModulesContainer,
    private readonly policy: Policy,
    private readonly work: InFlightWork,
    state: CurrentState,
    private readonly queues: JobQueues | null,
  ) {
    this.#told = new OncePerActivation(state.events);
  }

  call(instance: object, method: PausableMethod, args: readonly unknown[]): unknown {
    if (!this.#isBlocked(instance, method)) {
      this.queues?.begin(instance, method, args);
      const known = [instance, ...args];
      return this.work.run(() => method.original.apply(instance, [...args]), undefined, known);
    }
    const label = `${instance.constructor.name}.${method.handler.name}`;
    if (this.#told.isFirst(label)) this.#logger.log(`${label}() is held back during maintenance.`);
    return this.queues?.putBack(instance, method, args) ?? method.emptyResult();
  }

  /** Nest has told the instances that it has made itself; those of factories, and `useValue`, are told here. */
  onModuleInit(): void {
    for (const instance of this.#instances()) {
      Reflect.set(instance, JOB_PAUSES, this);
    }
  }

  /** Workers of @nestjs/bullmq are made in `onModuleInit`. */
  onApplicationBootstrap(): void {
    if (this.queues === null) return;
    const hosts = this.#instances().flatMap((instance) => {
      const method = pausableMethod(Reflect.get(instance, 'process'));
      return method ? [[instance, () => this.#isBlocked(instance, method)] as const] : [];
    });
    this.queues.pauseWorkers(new Map(hosts));
  }

  #isBlocked(instance: object, { handler }: PausableMethod): boolean {
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

/** A proxy may throw when it is asked. */
function hasPauses(instance: object): boolean {
  try {
    return JOB_PAUSES in instance;
  } catch {
    return false;
  }
}
