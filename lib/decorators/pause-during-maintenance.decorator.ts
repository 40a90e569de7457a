import { Inject, Optional } from '@nestjs/common';
import type { JobPauses, PausableMethod } from '../contracts/job-pauses.js';
import { JOB_PAUSES } from '../contracts/tokens.js';
import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';

type Method = (this: object, ...args: unknown[]) => unknown;

/** What each instance was given by the application that made it; there may be several applications in a process. */
const applications = new WeakMap<object, JobPauses>();
const pausable = new WeakMap<object, PausableMethod>();

/**
 * Held back while maintenance holds (`read-only` too): a call does nothing and returns `undefined`, as a promise where the
 * method is `async` or is declared to return one. For scheduled methods, queue workers, and whatever else must not run
 * then. Calls that have begun go on.
 *
 * On a method of a provider, above or below other decorators. With `@MaintenanceScope` beside it, or on the class: held
 * back while that scope or the whole application is in maintenance. A job of BullMQ is not lost: its worker is paused,
 * and what the worker has already fetched is put back.
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
    descriptor.value = pausing(original as Method, target, key);
    injectPauses(target);
  };
}

/** What the decorator has made of a method; undefined for one without it. */
export function pausableMethod(method: unknown): PausableMethod | undefined {
  return typeof method === 'function' ? pausable.get(method) : undefined;
}

function pausing(original: Method, target: object, key: string | symbol): Method {
  const handler: Method = function (...args) {
    const held = applications.get(this)?.holdBack(this, method, args);
    return held ? held.result : original.apply(this, args);
  };
  const isAsync =
    original.constructor.name === 'AsyncFunction' ||
    Reflect.getMetadata('design:returntype', target, key) === Promise;
  const method: PausableMethod = { handler, isAsync };
  pausable.set(handler, method);
  // To others it is the method: decorators below this one have written on the original.
  Object.defineProperties(handler, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  for (const metadataKey of Reflect.getMetadataKeys(original) as unknown[]) {
    Reflect.defineMetadata(metadataKey, Reflect.getMetadata(metadataKey, original), handler);
  }
  return handler;
}

/**
 * A decorator knows no application, but Nest injects properties: each instance is told by the application that makes it,
 * request-scoped ones too. Optional, since an application may use the class without the maintenance module.
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
