import { MAX_DELAY_MS } from '../validation/values.js';
import type { ServerResponse } from 'node:http';
import type { DrainResult } from '../interfaces/maintenance-status.js';
import { type Check, type Checked, integer, is, object, required } from '../validation/check.js';
import { memberOf } from '../validation/values.js';
import { ResponseEnds } from './open-responses.js';
import { finalize, isObservable } from 'rxjs';
import { Socket } from 'node:net';

/** Any object: there are many kinds of requests. */
const anyRequest = is(
  'the request that asks',
  (value): value is object => typeof value === 'object' && value !== null,
);

/** The options of `drained`. */
export const drainedOptions = object({ timeoutMs: integer(0, MAX_DELAY_MS), except: anyRequest });

/** The `drain` option of `enable`, where the time is required. */
export const drainOption: Check<Checked<typeof drainedOptions> & { readonly timeoutMs: number }> = (
  value,
  path,
) => {
  const { timeoutMs, ...rest } = drainedOptions(value, path);
  return { ...rest, timeoutMs: required(timeoutMs, `${path}.timeoutMs`, 'a number of milliseconds') };
};

type OpenResponses = () => readonly ServerResponse[];

/** One call of `drained`, and what it still waits for. */
interface Drain {
  readonly left: Set<WorkItem | ServerResponse>;
  readonly except: object | undefined;
  readonly finish: () => void;
}

/** The work in flight: handlers, responses, and jobs passed to `trackWork`, until they have really ended. */
export class InFlightWork {
  readonly #running = new WorkItemList();
  readonly #drains = new Set<Drain>();
  readonly #responseEnds = new ResponseEnds((response) => this.#ended(response));
  #openResponses: OpenResponses = () => [];

  /** Sets what lists the responses that are not sent in full yet, whatever serves them. */
  watchResponses(openResponses: OpenResponses): void {
    this.#openResponses = openResponses;
  }

  /**
   * Adds an item; its `end` must be called when the work itself is done, not only its response.
   *
   * @param known what a caller of `drained` may exclude it by, besides the request of its response.
   */
  begin(response?: ServerResponse, known?: readonly unknown[]): WorkItem {
    const item = new WorkItem(this.#running, this.#itemEnded, response, known);
    this.#running.add(item);
    return item;
  }

  /** Runs a handler that the router does not know, and counts it until its promise is settled or its `Observable` is finished. */
  run(handler: () => unknown, response?: ServerResponse, known?: readonly unknown[]): unknown {
    const item = this.begin(response, known);
    try {
      return item.endWith(handler());
    } catch (error) {
      item.end();
      throw error;
    }
  }

  /**
   * Waits for what is in flight now, except for `except` and for the `except` of other callers that are waiting: they would
   * wait for each other.
   */
  drained(timeoutMs?: number, except?: object): Promise<DrainResult> {
    return new Promise((resolve) => {
      const exempt = [...this.#drains].map((drain) => drain.except).concat(except);
      const isWaitedFor = (item: WorkItem | ServerResponse): boolean =>
        !exempt.some((named) => named !== undefined && isNamed(item, named));
      const left = new Set([...this.#running.all(), ...this.#openResponses()].filter(isWaitedFor));
      const drain: Drain = {
        left,
        except,
        finish: () => {
          clearTimeout(timer);
          this.#drains.delete(drain);
          for (const item of left) if (!(item instanceof WorkItem)) this.#responseEnds.forget(item);
          const remaining = new Set([...left].map(requestOf)).size;
          resolve({ drained: remaining === 0, remaining });
        },
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(drain.finish, timeoutMs);
      this.#drains.add(drain);
      for (const item of left) if (!(item instanceof WorkItem)) this.#responseEnds.watch(item);
      if (left.size === 0) drain.finish();
    });
  }

  readonly #itemEnded = (item: WorkItem): void => {
    if (this.#drains.size > 0) this.#ended(item);
  };

  #ended(item: WorkItem | ServerResponse): void {
    for (const drain of this.#drains) {
      if (drain.left.delete(item) && drain.left.size === 0) drain.finish();
    }
  }
}

/** What an item counts as: all items of one request count as one. */
function requestOf(item: WorkItem | ServerResponse): object {
  return item instanceof WorkItem ? (item.response ?? item) : item;
}

/** Whether the item belongs to the framework's request, to Node's own, or to what the transport has named. */
function isNamed(item: WorkItem | ServerResponse, named: object): boolean {
  const response = item instanceof WorkItem ? item.response : item;
  const request: unknown = response?.req;
  const isRequest = request !== undefined && (request === named || request === memberOf(named, 'raw'));
  return isRequest || (item instanceof WorkItem && item.known?.includes(named) === true);
}

/** One running handler or job. One is made for each request, so its members are plain ones. */
export class WorkItem {
  /** Its neighbours in the list. */
  previous: WorkItem | null = null;
  next: WorkItem | null = null;
  private hasEnded = false;

  constructor(
    private readonly list: WorkItemList,
    private readonly ended: (item: WorkItem) => void,
    readonly response: ServerResponse | undefined,
    /** What a caller of `drained` may exclude it by. */
    readonly known: readonly unknown[] | undefined,
  ) {}

  /** May be called more than once. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.list.remove(this);
    this.ended(this);
  }

  /** Returns the result, and ends with it: with a promise, with an `Observable`, and with the `Observable` of a promise. */
  endWith(result: unknown): unknown {
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => this.endWith(value),
        (error: unknown) => {
          this.end();
          throw error;
        },
      );
    }
    if (isObservable(result)) return result.pipe(finalize(() => this.end()));
    this.end();
    return result;
  }
}

/** A linked list: items are added and removed with each request, and a `Set`, which hashes, is several times slower. */
export class WorkItemList {
  private first: WorkItem | null = null;

  add(item: WorkItem): void {
    const { first } = this;
    item.next = first;
    if (first !== null) first.previous = item;
    this.first = item;
  }

  remove({ previous, next }: WorkItem): void {
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next !== null) next.previous = previous;
  }

  all(): WorkItem[] {
    const items: WorkItem[] = [];
    for (let item = this.first; item !== null; item = item.next) items.push(item);
    return items;
  }
}

type RouteHandler = (request: object, response: object, next?: (error?: unknown) => void) => unknown;

/**
 * Counts a handler as work in flight until it has truly ended, with its guards before it: a client that goes away does not
 * end it.
 */
export function trackHandler(
  work: InFlightWork,
  handler: RouteHandler,
  rawResponse: (response: object) => ServerResponse,
): RouteHandler {
  return function tracked(this: unknown, request, response, next) {
    const raw = rawResponse(response);
    const item = work.begin(raw);
    // A response without a connection, as of `inject()`, is not counted by itself: its promise is waited for.
    if (raw.req?.socket instanceof Socket || 'stream' in raw) endWhenReturned(response, item);
    let result: unknown;
    try {
      result = handler.call(this, request, response, next);
    } catch (error) {
      item.end();
      throw error;
    }
    if (result instanceof Promise) {
      const end = (): void => item.end();
      result.then(end, end);
    } else item.end();
    return result;
  };
}

/**
 * Nest's handlers give the reply back when they are done, so their promise waits for the response as well. If the client
 * has gone away by then, it may wait for ever: Node tells nothing more of a cancelled stream of HTTP/2, or of a pipelined
 * response that never had its turn. So the item ends there, and the response counts by itself while it is open.
 */
function endWhenReturned(response: object, item: WorkItem): void {
  const then = memberOf(response, 'then');
  if (typeof then !== 'function') return;
  Reflect.set(response, 'then', function settles(this: unknown, ...args: unknown[]): unknown {
    item.end();
    return Reflect.apply(then, this, args);
  });
}
