import type { Logger } from '@nestjs/common';
import { describe, errorText, isThenable, memberOf } from '../validation/values.js';
import type { ResponseContext } from './maintenance-module-options.js';

/**
 * Calls the functions in the options of an application. An error neither ends a request nor lets it through, and is
 * logged once for each outage, not once for each request.
 */
export class OptionCallbacks {
  readonly #outages = new Map<string, Outage>();

  constructor(private readonly log: Pick<Logger, 'error'>) {}

  /** Returns the result of the call; if it throws, the result of `otherwise`. */
  call<T>(option: string, call: () => T, otherwise: () => T): T {
    try {
      return call();
    } catch (error) {
      return this.#failed(option, error, otherwise);
    }
  }

  /** Like `call`, for a function that may return a promise. */
  settle<T>(option: string, call: () => T | Promise<T>, otherwise: () => T): T | Promise<T> {
    let answer: T | Promise<T>;
    try {
      answer = call();
      if (!isThenable(answer)) return answer;
    } catch (error) {
      return this.#failed(option, error, otherwise);
    }
    return Promise.resolve(answer).catch((error: unknown) => this.#failed(option, error, otherwise));
  }

  /** Whether the function returns `true` or a promise of it; false for anything else and for an error. */
  confirms(option: string, call: () => unknown): boolean | Promise<boolean> {
    const answer = this.settle(option, call, () => false);
    return answer instanceof Promise ? answer.then((decision) => decision === true) : answer === true;
  }

  /** Logs that a maintenance response could not be built. Never throws. */
  answerFailed(error: unknown): void {
    this.#logOnce('answer', `A maintenance answer could not be made: ${errorText(error)}`);
  }

  #failed<T>(option: string, error: unknown, otherwise: () => T): T {
    const message = `${option} has failed, and the response is made, or the request decided on, without it: ${errorText(error)}`;
    this.#logOnce(option, message);
    return otherwise();
  }

  /**
   * Logs a failure once, however often clients make it happen: again only after a minute without one, with the number of
   * failures that were not logged in between. Successes do not count: a client could alternate them with failures.
   *
   * @param what one of a fixed number of names.
   */
  #logOnce(what: string, message: string): void {
    const now = performance.now();
    const outage = this.#outages.get(what);
    if (outage && now - outage.lastFailedAt < QUIET_MS) {
      outage.lastFailedAt = now;
      outage.untold += 1;
      return;
    }
    this.#outages.set(what, { lastFailedAt: now, untold: 0 });
    const untold = outage?.untold ?? 0;
    const line = untold === 0 ? message : `${message} (Not logged since the last such line: ${untold}.)`;
    try {
      this.log.error(line);
    } catch {
      // An error of the application's logger must not prevent a response.
    }
  }
}

const QUIET_MS = 60_000;

interface Outage {
  lastFailedAt: number;
  untold: number;
}

/** The time that one request has waited for a function. */
interface Wait {
  readonly spentMs: number;
  readonly endedAt: number;
  /** The running call. */
  readonly pending: Promise<unknown> | null;
}

/** A function that takes a request, and may return a promise. */
type Callback<T> = (request: unknown) => T | Promise<T>;

/** A connection gets the time of a function again if it was not called for so many limits: requests end before, with all their functions. */
const RENEWED_AFTER_LIMITS = 5;

/**
 * Limits the time that a request waits for the function. Several rules, the gate and the guard may call it for the same
 * request: all these calls together have `timeoutMs`, and then fail at once. A connection that lives longer than a request
 * gets that time again if the function was not called for a while.
 *
 * The call itself is not cancelled, and its result is ignored.
 */
export function timeLimited<T>(name: string, callback: Callback<T>, timeoutMs: number): Callback<T> {
  const waits = new WeakMap<object, Wait>();
  return (request) => {
    const key = request as object;
    const wait = waits.get(key);
    if (wait?.pending) return wait.pending as Promise<T>;
    const now = performance.now();
    const spentMs = wait && now - wait.endedAt < RENEWED_AFTER_LIMITS * timeoutMs ? wait.spentMs : 0;
    if (spentMs >= timeoutMs) throw noAnswer(name, timeoutMs);
    const result = callback(request);
    if (!isThenable(result)) return result;
    let ranOut = false;
    const pending = within(result, timeoutMs - spentMs, () => {
      ranOut = true;
      return noAnswer(name, timeoutMs);
    }).finally(() => {
      const endedAt = performance.now();
      // A timer may fire a little early.
      waits.set(key, { spentMs: ranOut ? timeoutMs : spentMs + endedAt - now, endedAt, pending: null });
    });
    waits.set(key, { spentMs, endedAt: now, pending });
    return pending;
  };
}

async function within<T>(result: PromiseLike<T>, ms: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), ms);
    // The connection of the request keeps the process alive.
    timer.unref();
  });
  try {
    return await Promise.race([result, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(name: string, timeoutMs: number): Error {
  return new Error(`${name} did not answer within ${timeoutMs} ms (callbackTimeoutMs)`);
}

/** @throws TypeError for anything but `html` and `json`. */
export function checkType(type: unknown): 'html' | 'json' {
  if (type === 'html' || type === 'json') return type;
  throw new TypeError(`the function must return "html" or "json", and returned ${describe(type)}`);
}

/** Far more than a page needs, and little enough that escaping it does not delay other requests. */
const MAX_CONTEXT_LENGTH = 1_000_000;

/**
 * Returns a copy whose members are read once, so that the checked values are the ones that are sent.
 *
 * @throws TypeError for anything but an object of plain values, or more than a million characters.
 */
export function checkContext(context: unknown): ResponseContext {
  if (
    typeof context !== 'object' ||
    context === null ||
    Array.isArray(context) ||
    context instanceof Promise
  ) {
    throw new TypeError(
      `the function must return an object of plain values, and returned ${describe(context)}`,
    );
  }
  const entries = Object.entries(context);
  for (const [name, value] of entries) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) continue;
    throw new TypeError(`"${name}" must be a string, a number, a boolean or null, and is ${describe(value)}`);
  }
  const length = entries.reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
  if (length > MAX_CONTEXT_LENGTH)
    throw new TypeError(
      `the function must return at most ${MAX_CONTEXT_LENGTH} characters, and returned ${length}`,
    );
  return Object.fromEntries(entries) as ResponseContext;
}

/** The user's `id`, `sub`, `username` or `name`, as text; empty if there is none. */
export function defaultUserId(user: unknown): string {
  for (const name of ['id', 'sub', 'username', 'name']) {
    const value = memberOf(user, name);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return String(value);
  }
  return '';
}

/** `user.isSuperuser === true` */
export function defaultIsSuperuser(user: unknown): boolean {
  return memberOf(user, 'isSuperuser') === true;
}

/** `user.isStaff === true` */
export function defaultIsStaff(user: unknown): boolean {
  return memberOf(user, 'isStaff') === true;
}

/** The adapter's `request.ip`, which follows its proxy settings. */
export function defaultClientIp(request: unknown): string | undefined {
  const ip = memberOf(request, 'ip');
  return typeof ip === 'string' ? ip : undefined;
}

/**
 * Ends a session as Passport does (`request.logout`), else as express-session and @fastify/session do.
 *
 * @throws if there is neither, and what they throw.
 */
export async function defaultLogout(request: unknown): Promise<void> {
  if (typeof memberOf(request, 'logout') === 'function') return callBack(request, 'logout');
  const session = memberOf(request, 'session');
  if (typeof memberOf(session, 'destroy') === 'function') {
    await callBack(session, 'destroy');
    forgetUser(request);
    return;
  }
  throw new Error('the request has neither logout() nor session.destroy(): set logout.handler');
}

/** As Passport does: a handler that anonymous requests may reach must not see the former user. */
function forgetUser(request: unknown): void {
  if (memberOf(request, 'user') !== undefined) Reflect.set(request as object, 'user', null);
}

/** Calls a method that takes a callback, returns a promise, or is done when it returns. */
async function callBack(target: unknown, name: 'logout' | 'destroy'): Promise<void> {
  const method = memberOf(target, name) as (done: (error?: unknown) => void) => unknown;
  await new Promise<void>((resolve, reject) => {
    const result = method.call(target, (error) => (error ? reject(error as Error) : resolve()));
    if (result instanceof Promise) result.then(() => resolve(), reject);
    else if (method.length === 0) resolve();
  });
}
