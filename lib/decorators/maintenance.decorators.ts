import { Inject, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { EMPTY, Observable } from 'rxjs';
import { MaintenanceOptionsError } from '../errors.js';
import { sharedByCopies } from '../interfaces/tokens.js';
import { boolean, checkOption, scopeName } from '../validation/values.js';

// Each has a key of its own, which another copy of this package has too: Nest's default key is random.

/**
 * Never blocked: for health checks, webhooks that must not be lost, an admin panel.
 *
 * On a controller or a handler. Decorators on a handler override those on its class.
 *
 * @example
 * ```ts
 * @MaintenanceOff()
 * @Controller('health')
 * export class HealthController {}
 * ```
 * @publicApi
 */
export const MaintenanceOff = Reflector.createDecorator<void, true>({
  key: 'nestjs-maintenance-mode:off',
  transform: () => true,
});

/**
 * Always blocked, whatever the state; no exemption applies: for a part that is closed.
 *
 * On a controller or a handler. Decorators on a handler override those on its class.
 *
 * @publicApi
 */
export const MaintenanceOn = Reflector.createDecorator<void, true>({
  key: 'nestjs-maintenance-mode:on',
  transform: () => true,
});

/**
 * Belongs to a scope: blocked while that scope or the whole application is in maintenance.
 *
 * On a controller or a handler. Decorators on a handler override those on its class.
 *
 * @example
 * ```ts
 * @MaintenanceScope('billing')
 * @Controller('invoices')
 * export class InvoicesController {}
 * ```
 * @throws MaintenanceOptionsError for a name that is empty or has control characters.
 * @publicApi
 */
export const MaintenanceScope = Reflector.createDecorator<string, string>({
  key: 'nestjs-maintenance-mode:scope',
  transform: (name) => checkOption(scopeName, name, '@MaintenanceScope'),
});

/**
 * Says whether a handler is safe (RFC 9110 section 9.2.1): whether it only reads. That decides in read-only maintenance instead
 * of the method of the request; in full maintenance it changes nothing.
 *
 * - `@MaintenanceSafe()` on a handler of another method than GET, HEAD or OPTIONS, or of messages, that writes nothing: a login,
 *   a search by POST, a GraphQL mutation. Read-only maintenance lets it pass.
 * - `@MaintenanceSafe(false)` on a GET that writes, such as an OAuth callback. Read-only maintenance blocks it.
 *
 * On a controller or a handler; the decorator on a handler overrides the one on its class. It goes together with
 * `@MaintenanceScope()`.
 *
 * @example
 * ```ts
 * @MaintenanceSafe()
 * @Post('search')
 * search(@Body() query: Query) {}
 * ```
 * @throws MaintenanceOptionsError for an argument that is not a boolean.
 * @publicApi
 */
export const MaintenanceSafe = Reflector.createDecorator<boolean | undefined, boolean>({
  key: 'nestjs-maintenance-mode:safe',
  transform: (isSafe = true) => checkOption(boolean, isSafe, '@MaintenanceSafe'),
});

/** Pauses methods with `@PauseDuringMaintenance()`; one for each application. */
export const JOB_PAUSES = Symbol.for('nestjs-maintenance-mode:job-pauses');

/** A method with `@PauseDuringMaintenance()`. */
export interface PausableMethod {
  /** Carries the metadata of all decorators of the method. */
  readonly handler: (...args: never[]) => unknown;
  /** The method itself, for when no maintenance is active. */
  readonly original: (this: object, ...args: unknown[]) => unknown;
  /** Makes the result that its callers get while it is paused. */
  readonly emptyResult: () => unknown;
}

/** Calls the methods of one application's providers, or skips them. */
export interface JobPauses {
  call(instance: object, method: PausableMethod, args: readonly unknown[]): unknown;
}

type Method = (this: object, ...args: unknown[]) => unknown;

/** The `JobPauses` of the application that created an instance; a process may have several applications. */
const applications = sharedByCopies('job-pauses-of-instances', () => new WeakMap<object, JobPauses>());
/** By the prototype that has the method `process`, which other decorators may have wrapped. */
const pausableProcesses = sharedByCopies('pausable-processes', () => new WeakMap<object, PausableMethod>());
const used = sharedByCopies('used-decorators', () => ({ onProcess: false }));

/**
 * Skips the method while maintenance is active (`read-only` too): a call does nothing and returns `undefined`; a promise of
 * it if the method is `async` or declared to return one; an empty generator, `Observable` or array if the method returns one of
 * these. For scheduled methods, queue workers, and whatever else must not run then. Calls that have begun go on.
 *
 * On a method of a provider, above or below other decorators. With `@MaintenanceScope` on the method or its class, it is
 * skipped while that scope or the whole application is in maintenance. On `process` of a BullMQ worker no job is lost: the
 * worker is paused, and jobs that it has fetched but not begun are put back.
 *
 * @example
 * ```ts
 * @Cron('0 * * * *')
 * @PauseDuringMaintenance()
 * async sendReminders(): Promise<void> {}
 * ```
 * @throws MaintenanceOptionsError on anything but a method of an instance.
 * @publicApi
 */
export function PauseDuringMaintenance(): MethodDecorator {
  return (target: object, key, descriptor?: PropertyDescriptor) => {
    const original: unknown = descriptor?.value;
    if (typeof target === 'function' || !descriptor || typeof original !== 'function') {
      throw new MaintenanceOptionsError('@PauseDuringMaintenance', 'it belongs on a method of a provider.');
    }
    const method = pausing(original as Method, target, key);
    descriptor.value = method.handler;
    if (key === 'process') {
      pausableProcesses.set(target, method);
      used.onProcess = true;
    }
    injectPauses(target);
  };
}

/** The method `process` of an instance, if it has the decorator; undefined if a subclass overrides it without. */
export function pausableProcess(instance: object): PausableMethod | undefined {
  let owner: object | null = instance;
  while (owner !== null && !Object.hasOwn(owner, 'process')) owner = Reflect.getPrototypeOf(owner);
  return owner === null ? undefined : pausableProcesses.get(owner);
}

/** Whether any class in this process has the decorator on `process`, the method of queue workers. */
export function pausesProcess(): boolean {
  return used.onProcess;
}

function pausing(original: Method, target: object, key: string | symbol): PausableMethod {
  const handler: Method = function (...args) {
    const pauses = applications.get(this);
    return pauses ? pauses.call(this, method, args) : original.apply(this, args);
  };
  const method: PausableMethod = { handler, original, emptyResult: emptyResultOf(original, target, key) };
  // Decorators below this one have written their metadata on the original.
  Object.defineProperties(handler, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  for (const metadataKey of Reflect.getMetadataKeys(original) as unknown[]) {
    Reflect.defineMetadata(metadataKey, Reflect.getMetadata(metadataKey, original), handler);
  }
  return method;
}

/** The result of a skipped call: empty, and of the kind that the caller expects. */
function emptyResultOf(original: Method, target: object, key: string | symbol): () => unknown {
  const declared: unknown = Reflect.getMetadata('design:returntype', target, key);
  const kind = original.constructor.name;
  // First, since SWC declares every `async` function as a promise, async generators too.
  if (kind === 'GeneratorFunction') return emptyIterator;
  if (kind === 'AsyncGeneratorFunction') return emptyAsyncIterator;
  if (kind === 'AsyncFunction' || declared === Promise) return () => Promise.resolve();
  // By its name too: the application may have another copy of rxjs.
  if (declared === Observable || (typeof declared === 'function' && declared.name === 'Observable'))
    return () => EMPTY;
  return declared === Array ? () => [] : () => undefined;
}

function* emptyIterator(): Generator<never, undefined> {}

async function* emptyAsyncIterator(): AsyncGenerator<never, undefined> {}

/**
 * A decorator knows no application, but Nest injects properties: so each instance, request-scoped ones too, gets the
 * `JobPauses` of its application. Optional, since an application may use the class without the maintenance module.
 */
function injectPauses(target: object): void {
  Object.defineProperty(target, JOB_PAUSES, {
    set(this: object, pauses: JobPauses) {
      applications.set(this, pauses);
    },
    configurable: true,
  });
  Inject(JOB_PAUSES)(target, JOB_PAUSES);
  Optional()(target, JOB_PAUSES);
}
