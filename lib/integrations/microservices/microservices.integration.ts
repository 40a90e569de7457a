import { type ExecutionContext, Logger } from '@nestjs/common';
import { isObservable, lastValueFrom, type Observable, of, throwError } from 'rxjs';
import type { Integration, IntegrationParts } from '../../http/integration.js';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import {
  type MessageCallback,
  type MicroserviceServer,
  onAddHandler,
  onMicroservice,
  type PatternHandler,
  patternHandlers,
  transportName,
} from '../../internals/nest.js';
import { type RouteRule, routeRuleOf, UNDECORATED } from '../../policy/route-rules.js';
import type { MaintenanceProblem } from '../../response/problem.js';
import { OncePerActivation } from '../../state/state-log.js';
import { type ConsumerMode, LostEvents, RabbitmqQueue } from './event-delivery.js';

type RpcExceptionClass = new (error: object) => Error;

/**
 * Message and event handlers. {@link MessageHandlers} decides about them before Nest runs anything; the guard decides again, in
 * case maintenance has begun in between.
 */
export class MicroservicesIntegration implements Integration {
  readonly contextType = 'rpc';
  readonly #handlers: MessageHandlers;

  private constructor(
    private readonly parts: IntegrationParts,
    private readonly RpcException: RpcExceptionClass,
  ) {
    this.#handlers = new MessageHandlers(parts);
  }

  static async create(parts: IntegrationParts): Promise<MicroservicesIntegration> {
    // Nest recognises it by its class, so the package of the application is needed.
    const { RpcException } = await import('@nestjs/microservices');
    return new MicroservicesIntegration(parts, RpcException);
  }

  /** A message does not show its user, or whether it only reads. */
  facts(): null {
    return null;
  }

  refusal(status: MaintenanceStatus, context: ExecutionContext): Error {
    const { problem } = this.parts.responder.exception(null, status).answer;
    const args = context.getArgs<unknown[]>();
    this.#handlers.refusedByGuard(args);
    return new this.RpcException(grpcError(problem, args) ?? microserviceError(problem));
  }
}

/** The error that clients of a microservice receive. `status` is that of Nest's errors; `statusCode` has the number. */
export interface MicroserviceError extends Omit<MaintenanceProblem, 'status'> {
  readonly status: 'error';
  readonly code: 'MAINTENANCE';
}

export function microserviceError(problem: MaintenanceProblem): MicroserviceError {
  return { ...problem, status: 'error', code: 'MAINTENANCE' };
}

/**
 * Wraps the handlers of every microservice of the application, also in a hybrid application for which Nest runs no global
 * guards (`connectMicroservice` without `inheritAppConfig`). For a refused message no guard, pipe or filter of the application
 * runs, and no request-scoped controller is created.
 */
export class MessageHandlers {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #lost: OncePerActivation;
  readonly #lostEvents = new LostEvents();
  readonly #ruleOf = new WeakMap<MessageCallback, RouteRule>();
  /** The handlers that are not the first one of their event. */
  readonly #followers = new WeakSet<MessageCallback>();
  /** The messages that the guard has refused, by the context that Nest creates for each. */
  readonly #refusedByGuard = new WeakSet<object>();

  constructor(private readonly parts: IntegrationParts) {
    const { modules, state } = parts;
    this.#lost = new OncePerActivation(state);
    const isTold = onMicroservice(modules, (server) => this.#guard(server));
    if (!isTold) {
      this.#logger.warn(
        'This version of NestJS does not report its microservices: maintenance reaches them only through global guards, ' +
          'which is not enough for gRPC streams and events of RabbitMQ. Update @nestjs/core and @nestjs/microservices to 11.1.4.',
      );
    }
  }

  /** @param args of the handler that did not run */
  refusedByGuard(args: readonly unknown[]): void {
    const context = contextOf(args);
    if (context) this.#refusedByGuard.add(context);
  }

  #guard(server: MicroserviceServer): void {
    const registered: Registered[] = [];
    const queue = RabbitmqQueue.of(server, () => this.#modeFor(registered));
    if (queue) this.parts.state.listen(() => queue.align());
    else
      this.#lostEvents.watch(server, () =>
        registered.filter(({ isEvent }) => isEvent).map(({ rule }) => rule),
      );
    let unregistered: PatternHandler[] | undefined;
    const isTold = onAddHandler(server, ({ pattern, callback, isEvent, extras }) => {
      unregistered ??= patternHandlers(this.parts.modules);
      // Subclasses share an inherited method; they are registered in the order in which they are listed.
      const index = unregistered.findIndex((known) => known.pattern === pattern && known.extras === extras);
      const [known] = index === -1 ? [] : unregistered.splice(index, 1);
      const rule = known ? routeRuleOf(known.type, known.handler) : UNDECORATED;
      registered.push({ rule, isEvent });
      return this.#watch(callback, { rule, event: isEvent ? nameOf(pattern) : null, queue });
    });
    if (!isTold) {
      this.#logger.warn(
        `Handlers of ${transportName(server)} have no addHandler(): maintenance reaches them only through global guards.`,
      );
    }
  }

  /** A queue that only has blocked events is paused; if it has other messages too, it is sorted. */
  #modeFor(registered: readonly Registered[]): ConsumerMode {
    const isKept = ({ rule, isEvent }: Registered): boolean => isEvent && this.#isKept(rule);
    if (!registered.some(isKept)) return 'usual';
    return registered.every(isKept) ? 'paused' : 'sorting';
  }

  /** Whether events of the handler are kept for later: not those of `@MaintenanceOn()`, which are never handled. */
  #isKept(rule: RouteRule): boolean {
    return rule.kind !== 'on' && this.parts.policy.activeStatus(rule) !== null;
  }

  #watch(callback: MessageCallback, handler: Handler): MessageCallback {
    const { rule, event, queue } = handler;
    // The server sets members of the function, and the original reads some of them.
    const watched: MessageCallback = new Proxy(callback, {
      apply: (target, self, args: unknown[]): unknown => {
        const current = this.parts.policy.state.whenCurrent();
        if (current !== null) return current.then(() => watched(...args));
        const active = this.parts.policy.activeStatus(rule);
        if (active !== null) {
          return event === null
            ? this.#refuse(active, args, queue)
            : this.#refuseEvent(active, watched, args, handler);
        }
        queue?.pass(args);
        const result = runGrpcHandler(
          (given) => Reflect.apply(target, self, given),
          args,
          (work) => this.parts.work.run(work, undefined, args),
        );
        return queue ? this.#settleLate(result, args, { watched, handler, queue }) : result;
      },
      set: (target, name, value) => {
        if (name === 'next') this.#followers.add(value as MessageCallback);
        return Reflect.set(target, name, value);
      },
    });
    this.#ruleOf.set(watched, rule);
    return watched;
  }

  async #refuse(
    active: MaintenanceStatus,
    args: readonly unknown[],
    queue: RabbitmqQueue | null,
  ): Promise<Observable<unknown>> {
    this.parts.policy.counts.block('rpc', active, null);
    // First: a message that is answered must not be delivered again, even if the answer is lost.
    queue?.acknowledge(args);
    const { problem } = this.parts.responder.exception(null, active).answer;
    const refusal = grpcError(problem, args);
    return refusal ? refuseGrpcCall(refusal, args) : throwError(() => microserviceError(problem));
  }

  /** An error only if no handler of the event runs: it would stop the others, and a broker would deliver the event again. */
  async #refuseEvent(
    active: MaintenanceStatus,
    watched: MessageCallback,
    args: unknown[],
    { rule, event, queue }: Handler,
  ): Promise<unknown> {
    const areAllBlocked = !this.#followers.has(watched) && this.#allBlocked(watched);
    if (areAllBlocked && queue && this.#isKept(rule)) {
      const isBlocked = (): boolean => this.#allBlocked(watched);
      if (queue.keep(args, isBlocked)) return of(undefined);
      // The broker does not have it any more, so it waits here.
      await this.#whenOver(isBlocked);
      return watched(...args);
    }
    if (this.#lost.isFirst(event ?? '')) {
      this.#logger.warn(
        `Events of ${event} are not handled during maintenance; without a broker that keeps them they are lost.`,
      );
    }
    if (areAllBlocked) return this.#refuse(active, args, queue);
    this.parts.policy.counts.block('rpc', active, null);
    return watched.next ? watched.next(...args) : of(undefined);
  }

  #whenOver(isBlocked: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.parts.state.listen(() => {
        if (isBlocked()) return;
        stop();
        resolve();
      });
    });
  }

  /** What becomes of a message that the guard has refused, because maintenance has begun in between. */
  async #settleLate(
    result: unknown,
    args: readonly unknown[],
    { watched, handler: { rule, event }, queue }: Late,
  ): Promise<unknown> {
    const settled = await result;
    const context = contextOf(args);
    if (!context || !this.#refusedByGuard.has(context)) return settled;
    const isBlocked = (): boolean => this.#allBlocked(watched);
    if (event === null) queue.acknowledge(args);
    // A handler that is not blocked acknowledges the event by itself.
    else if (!this.#followers.has(watched) && isBlocked()) {
      if (!this.#isKept(rule) || !queue.keep(args, isBlocked)) queue.acknowledge(args);
    }
    return settled;
  }

  #allBlocked(watched: MessageCallback): boolean {
    const rule = this.#ruleOf.get(watched) ?? UNDECORATED;
    return this.parts.policy.activeStatus(rule) !== null && (!watched.next || this.#allBlocked(watched.next));
  }
}

interface Late {
  readonly watched: MessageCallback;
  readonly handler: Handler;
  readonly queue: RabbitmqQueue;
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

/** The context: the second argument of handlers. */
function contextOf([, context]: readonly unknown[]): object | null {
  return typeof context === 'object' ? context : null;
}

function nameOf(pattern: unknown): string {
  return pattern instanceof RegExp ? String(pattern) : JSON.stringify(pattern);
}

/** `UNAVAILABLE` of https://grpc.io/docs/guides/status-codes/: the client may try again later. */
const UNAVAILABLE = 14;

/** The used members of `Metadata` of @grpc/grpc-js, which is not imported: an application may not have it. */
interface GrpcMetadata {
  set(key: string, value: string): void;
}

/** A call with its metadata, as @grpc/grpc-js passes it to the handler. */
interface GrpcCall {
  readonly metadata: GrpcMetadata;
  emit(event: 'error', error: Error): boolean;
  once(event: string, listener: () => void): unknown;
}

type GrpcCallback = (error: Error | null, ...rest: unknown[]) => void;

/** An error that @grpc/grpc-js turns into the status of a call. */
export class GrpcError extends Error {
  readonly code = UNAVAILABLE;
  readonly details: string;

  constructor(
    { message, retryAfter }: MaintenanceProblem,
    readonly metadata: GrpcMetadata,
  ) {
    super(message);
    this.details = message;
    metadata.set('code', 'MAINTENANCE');
    if (retryAfter !== null) metadata.set('retry-after', `${retryAfter}`);
  }
}

/** The refusal of a gRPC call; null if the arguments of the handler are of another transport. */
export function grpcError(problem: MaintenanceProblem, args: readonly unknown[]): GrpcError | null {
  const call = callOf(args);
  if (call === null) return null;
  const Metadata = call.metadata.constructor as new () => GrpcMetadata;
  return new GrpcError(problem, new Metadata());
}

/** Refuses a call: on the raw call of `@GrpcStreamCall`, otherwise by the returned Observable. */
export function refuseGrpcCall(refusal: GrpcError, args: readonly unknown[]): Observable<unknown> {
  if (!isRawCall(args)) return throwError(() => refusal);
  // Nest awaits the result of such a handler without catching its errors, which would end the process.
  const [call, callback] = args as readonly [GrpcCall, GrpcCallback | undefined];
  if (typeof callback === 'function') callback(refusal);
  else call.emit('error', refusal);
  return of(undefined);
}

/** Runs a handler. With a raw call, it counts until the call has ended, and a refusal by the guard is answered on the call. */
export function runGrpcHandler(
  handler: (args: unknown[]) => unknown,
  args: unknown[],
  run: (work: () => unknown) => unknown,
): unknown {
  if (!isRawCall(args)) return run(() => handler(args));
  return runRawCall(handler, args, run);
}

async function runRawCall(
  handler: (args: unknown[]) => unknown,
  args: unknown[],
  run: (work: () => unknown) => unknown,
): Promise<unknown> {
  const [call, callback] = args as [GrpcCall, GrpcCallback | undefined];
  let end: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  for (const event of ['finish', 'cancelled', 'close', 'error']) call.once(event, () => end?.());
  const ending =
    typeof callback === 'function'
      ? (...answer: Parameters<GrpcCallback>): void => {
          callback(...answer);
          end?.();
        }
      : callback;
  let result: unknown;
  // Counted until the call has ended, which may be after the handler has returned.
  const counted = run(() => {
    result = handler(typeof ending === 'function' ? [call, ending] : args);
    return ended;
  });
  void Promise.resolve(counted);
  try {
    const value = await result;
    return of(isObservable(value) ? await lastValueFrom(value, { defaultValue: undefined }) : value);
  } catch (error) {
    end?.();
    if (!(error instanceof GrpcError)) throw error;
    return refuseGrpcCall(error, args);
  }
}

/** `(call)` or `(call, callback)`; other handlers get `(request, metadata, call)`. */
function isRawCall(args: readonly unknown[]): boolean {
  return isCall(args[0]) && !isCall(args[2]);
}

function callOf([first, , third]: readonly unknown[]): GrpcCall | null {
  if (isCall(third)) return third;
  return isCall(first) ? first : null;
}

function isCall(value: unknown): value is GrpcCall {
  if (typeof value !== 'object' || value === null) return false;
  const { metadata, emit } = value as Partial<GrpcCall>;
  return typeof emit === 'function' && typeof metadata?.set === 'function';
}
