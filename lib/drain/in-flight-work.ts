import type { ServerResponse } from 'node:http';
import type { DrainResult } from '../interfaces/maintenance-status.js';
import { type Check, type Checked, integer, is, object, required } from '../validation/check.js';
import { memberOf } from '../validation/member.js';
import { ResponseEnds } from './response-ends.js';
import { LinkedList, WorkItem } from './work-item.js';

/** The longest time that a timer of Node can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Any object: requests have many kinds. */
const anyRequest = is(
  'the request that asks',
  (value): value is object => typeof value === 'object' && value !== null,
);

/** Of `drained`. */
export const drainedOptions = object({ timeoutMs: integer(0, MAX_DELAY_MS), except: anyRequest });

/** Of `enable`: with it, the time must be said. */
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

/** Everything that has begun and has not truly ended: handlers, responses, and jobs that somebody has told of. */
export class InFlightWork {
  readonly #running = new LinkedList<WorkItem>();
  readonly #drains = new Set<Drain>();
  readonly #responseEnds = new ResponseEnds((response) => this.#ended(response));
  #openResponses: OpenResponses = () => [];

  /** The responses that are not sent in full yet, whatever serves them. */
  watchResponses(openResponses: OpenResponses): void {
    this.#openResponses = openResponses;
  }

  /**
   * Its `end` is to be called when the work is done, and not only its response.
   *
   * @param known what a caller of `drained` may name it by, beside the request of its response.
   */
  begin(response?: ServerResponse, known?: readonly unknown[]): WorkItem {
    const piece = new WorkItem(this.#running, this.#pieceEnded, response, known);
    this.#running.add(piece);
    return piece;
  }

  /** Runs what is neither a handler of the router nor a response, until what it gives back is settled, or over. */
  run(handler: () => unknown, response?: ServerResponse, known?: readonly unknown[]): unknown {
    const piece = this.begin(response, known);
    try {
      return piece.endWith(handler());
    } catch (error) {
      piece.end();
      throw error;
    }
  }

  /**
   * Waits for what is in flight now; not for `except`, nor for what others have named who wait in the same way: they would
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

  readonly #pieceEnded = (piece: WorkItem): void => {
    if (this.#drains.size > 0) this.#ended(piece);
  };

  #ended(item: WorkItem | ServerResponse): void {
    for (const drain of this.#drains) {
      if (drain.left.delete(item) && drain.left.size === 0) drain.finish();
    }
  }
}

/** What a piece of work counts as: several, of one request, are one. */
function requestOf(item: WorkItem | ServerResponse): object {
  return item instanceof WorkItem ? (item.response ?? item) : item;
}

/** By the framework's request, by Node's own, or by what the transport knows it by. */
function isNamed(item: WorkItem | ServerResponse, named: object): boolean {
  const response = item instanceof WorkItem ? item.response : item;
  const request: unknown = response?.req;
  const isRequest = request !== undefined && (request === named || request === memberOf(named, 'raw'));
  return isRequest || (item instanceof WorkItem && item.known?.includes(named) === true);
}
