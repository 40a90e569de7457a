import { Injectable, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { type Observable, of, throwError } from 'rxjs';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import { Refusals } from '../http/refusals.js';
import { RouteRules } from '../http/route-rules.js';
import { Policy } from '../policy/policy.js';
import { type RouteRule, UNDECORATED } from '../policy/route-rule.js';
import { CurrentState } from '../state/current-state.js';
import { InFlightWork } from '../state/in-flight-work.js';
import { OncePerMaintenance } from '../state/once-per-maintenance.js';
import { microserviceError } from './microservice-error.js';
import { grpcRefusal, refuseGrpcCall, runGrpcHandler } from './microservices/grpc-call.js';
import { LateRefusals } from './microservices/late-refusals.js';
import { type ListeningServer, LostEvents } from './microservices/lost-events.js';
import type { ConsumerMode } from './microservices/rabbitmq-consumer.js';
import { RabbitmqQueue } from './microservices/rabbitmq-server.js';
import { microserviceHandlers, type MicroserviceHandler } from './microservice-handlers.js';

/** What a server of @nestjs/microservices, or a strategy of the application's own, calls for a pattern. */
interface Callback {
  (...args: unknown[]): unknown;
  /** Set by the server: the next handler of the same event, which this one calls. */
  next?: Callback;
}

interface MicroserviceServer extends ListeningServer {
  addHandler(pattern: unknown, callback: Callback, isEvent?: boolean, ...rest: unknown[]): void;
}

/**
 * Stands before the handlers of every microservice of the application, those of a hybrid application too for which Nest
 * runs no global guards (`connectMicroservice` without `inheritAppConfig`). What it refuses runs no guard, no pipe and no
 * filter of the application, and makes no request-scoped controller.
 */
@Injectable()
export class MicroserviceDoor {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #lost: OncePerMaintenance;
  readonly #lostEvents = new LostEvents();
  readonly #ruleOf = new WeakMap<Callback, RouteRule>();
  /** Those that are not the first handler of their event. */
  readonly #followers = new WeakSet<Callback>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly rules: RouteRules,
    private readonly policy: Policy,
    private readonly refusals: Refusals,
    private readonly work: InFlightWork,
    private readonly state: CurrentState,
  ) {
    this.#lost = new OncePerMaintenance(state.events);
    // Told of each microservice when it is made, which is before its handlers are registered. NestJS 11.1.4 or newer.
    if ('getRpcTargetRegistry' in modules) {
      modules.getRpcTargetRegistry<MicroserviceServer>().subscribe((server) => this.#guard(server));
    } else if (microserviceHandlers(modules).length > 0) {
      this.#logger.warn(
        'This version of NestJS tells nobody of its microservices: maintenance reaches them only through global guards, which ' +
          'gRPC streams and events of RabbitMQ need more than. Update @nestjs/core and @nestjs/microservices to 11.1.4.',
      );
    }
  }

  #guard(server: MicroserviceServer): void {
    const addHandler = server.addHandler.bind(server);
    const registered: Registered[] = [];
    const queue = RabbitmqQueue.of(server, () => this.#modeFor(registered));
    if (queue) this.state.events.subscribe(() => queue.align());
    else
      this.#lostEvents.watch(server, () =>
        registered.filter(({ isEvent }) => isEvent).map(({ rule }) => rule),
      );
    let unregistered: MicroserviceHandler[] | undefined;
    server.addHandler = (pattern, callback, isEvent = false, ...rest) => {
      unregistered ??= microserviceHandlers(this.modules);
      const [extras] = rest;
      // Subclasses share an inherited method; they are registered in the order in which they are listed.
      const index = unregistered.findIndex((known) => known.pattern === pattern && known.extras === extras);
      const [known] = index === -1 ? [] : unregistered.splice(index, 1);
      const rule = known ? this.rules.of(known.type, known.handler) : UNDECORATED;
      registered.push({ rule, isEvent });
      const event = isEvent ? nameOf(pattern) : null;
      addHandler(pattern, this.#watch(callback, { rule, event, queue }), isEvent, ...rest);
    };
  }

  /** A queue with nothing but events is left alone while all are held; one that has others too is sorted. */
  #modeFor(registered: readonly Registered[]): ConsumerMode {
    const isKept = ({ rule, isEvent }: Registered): boolean => isEvent && this.#isKept(rule);
    if (!registered.some(isKept)) return 'usual';
    return registered.every(isKept) ? 'paused' : 'sorting';
  }

  /** Not those of `@MaintenanceOn()`, for which there is no later. */
  #isKept(rule: RouteRule): boolean {
    return rule.kind !== 'on' && this.policy.held(rule) !== null;
  }

  #watch(callback: Callback, handler: Handler): Callback {
    const { rule, event, queue } = handler;
    // The server keeps its own notes on what it was given, and the original reads some of them.
    const watched: Callback = new Proxy(callback, {
      apply: (target, self, args: unknown[]): unknown => {
        const held = this.policy.held(rule);
        if (held !== null) {
          return event === null
            ? this.#refuse(held, args, queue)
            : this.#refuseEvent(held, watched, args, handler);
        }
        queue?.pass(args);
        const result = runGrpcHandler(
          (given) => Reflect.apply(target, self, given),
          args,
          (work) => this.work.run(work, undefined, args),
        );
        return queue ? acknowledgeLate(result, args, queue) : result;
      },
      set: (target, name, value) => {
        if (name === 'next') this.#followers.add(value as Callback);
        return Reflect.set(target, name, value);
      },
    });
    this.#ruleOf.set(watched, rule);
    return watched;
  }

  async #refuse(
    held: MaintenanceStatus,
    args: readonly unknown[],
    queue: RabbitmqQueue | null,
  ): Promise<Observable<unknown>> {
    // First: what is answered is not to be delivered anew, even if the answer gets lost.
    queue?.acknowledge(args);
    const { problem } = this.refusals.refuseMessage(held).answer;
    const refusal = grpcRefusal(problem, args);
    return refusal ? refuseGrpcCall(refusal, args) : throwError(() => microserviceError(problem));
  }

  /** An error only where no handler of the event runs: it would stop the others, and a broker would deliver it to them anew. */
  async #refuseEvent(
    held: MaintenanceStatus,
    watched: Callback,
    args: unknown[],
    { rule, event, queue }: Handler,
  ): Promise<unknown> {
    const areAllHeld = !this.#followers.has(watched) && this.#allHeld(watched);
    if (areAllHeld && queue && this.#isKept(rule)) {
      const isHeld = (): boolean => this.#allHeld(watched);
      if (queue.keep(args, isHeld)) return of(undefined);
      // The broker has forgotten it on delivery: it waits here.
      await this.#whenOver(isHeld);
      return watched(...args);
    }
    if (this.#lost.isFirst(event ?? '')) {
      this.#logger.warn(
        `Events of ${event} are not handled during maintenance; without a broker that keeps them they are lost.`,
      );
    }
    if (areAllHeld) return this.#refuse(held, args, queue);
    return watched.next ? watched.next(...args) : of(undefined);
  }

  #whenOver(isHeld: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const news = this.state.events.subscribe(() => {
        if (isHeld()) return;
        news.unsubscribe();
        resolve();
      });
    });
  }

  #allHeld(watched: Callback): boolean {
    const rule = this.#ruleOf.get(watched) ?? UNDECORATED;
    return this.policy.held(rule) !== null && (!watched.next || this.#allHeld(watched.next));
  }
}

interface Registered {
  readonly rule: RouteRule;
  readonly isEvent: boolean;
}

interface Handler {
  readonly rule: RouteRule;
  /** The name of the event; null for messages, which are answered. */
  readonly event: string | null;
  readonly queue: RabbitmqQueue | null;
}

/** If the guard has refused it, since maintenance has begun after the door. */
async function acknowledgeLate(
  result: unknown,
  args: readonly unknown[],
  queue: RabbitmqQueue,
): Promise<unknown> {
  const settled = await result;
  if (LateRefusals.has(args)) queue.acknowledge(args);
  return settled;
}

function nameOf(pattern: unknown): string {
  return pattern instanceof RegExp ? String(pattern) : JSON.stringify(pattern);
}
