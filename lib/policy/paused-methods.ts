import { Logger, type OnApplicationBootstrap, type OnModuleInit, type Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import {
  JOB_PAUSES,
  type JobPauses,
  type PausableMethod,
  pausableProcess,
} from '../decorators/maintenance.decorators.js';
import { routeRuleOf } from './route-rules.js';
import type { Policy } from './policy.js';
import type { CurrentState } from '../state/current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';
import { OncePerActivation } from '../state/state-log.js';

/** Queue workers: if `process` were only skipped, their jobs would be lost. */
export interface JobQueues {
  /** Before a method runs. */
  begin(instance: object, method: PausableMethod, args: readonly unknown[]): void;
  /** Called instead of the method; null if the call does not process a job that a worker has just fetched. */
  putBack(instance: object, method: PausableMethod, args: readonly unknown[]): Promise<never> | null;
  /** @param hosts instances that may have a `worker`, each with a function that returns whether it is blocked now. */
  pauseWorkers(hosts: ReadonlyMap<object, () => boolean>): void;
}

/**
 * Skips the methods with `@PauseDuringMaintenance()` of one application during maintenance. Every application has it, since
 * modules that are loaded later may have such methods.
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
    this.#told = new OncePerActivation(state);
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

  /** Nest injects into the instances that it creates; those of `useFactory` and `useValue` are set here. */
  onModuleInit(): void {
    for (const instance of this.#instances()) {
      Reflect.set(instance, JOB_PAUSES, this);
    }
  }

  /** @nestjs/bullmq creates its workers in `onModuleInit`. */
  onApplicationBootstrap(): void {
    if (this.queues === null) return;
    const hosts = this.#instances().flatMap((instance) => {
      const method = pausableProcess(instance);
      return method ? [[instance, () => this.#isBlocked(instance, method)] as const] : [];
    });
    this.queues.pauseWorkers(new Map(hosts));
  }

  #isBlocked(instance: object, { handler }: PausableMethod): boolean {
    return this.policy.activeStatus(routeRuleOf(instance.constructor as Type, handler)) !== null;
  }

  /** The instances of classes with the decorator; for request-scoped classes Nest's static instance, which has the worker. */
  #instances(): object[] {
    return [...this.modules.values()].flatMap(({ providers, controllers }) =>
      [...providers.values(), ...controllers.values()]
        .map((wrapper): unknown => wrapper.instance)
        .filter((instance) => typeof instance === 'object' && instance !== null)
        .filter(hasPauses),
    );
  }
}

/** A proxy may throw. */
function hasPauses(instance: object): boolean {
  try {
    return JOB_PAUSES in instance;
  } catch {
    return false;
  }
}
