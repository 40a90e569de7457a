import type { ServerResponse } from 'node:http';
import type { DrainResult } from '../contracts/drain-result.js';
import { memberOf } from '../validation/member.js';
import { LinkedList } from './linked-list.js';
import { ResponseEnds } from './response-ends.js';
import { WorkPiece } from './work-piece.js';

type OpenResponses = () => readonly ServerResponse[];

/** One call of `drained`, and what it still waits for. */
interface Drain {
  readonly left: Set<WorkPiece | ServerResponse>;
  readonly except: object | undefined;
  readonly finish: () => void;
}

/** Everything that has begun and has not truly ended: handlers, responses, and jobs that somebody has told of. */
export class InFlightWork {
  readonly #running = new LinkedList<WorkPiece>();
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
  begin(response?: ServerResponse, known?: readonly unknown[]): WorkPiece {
    const piece = new WorkPiece(this.#running, this.#pieceEnded, response, known);
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
      const isWaitedFor = (item: WorkPiece | ServerResponse): boolean =>
        !exempt.some((named) => named !== undefined && isNamed(item, named));
      const left = new Set([...this.#running.all(), ...this.#openResponses()].filter(isWaitedFor));
      const drain: Drain = {
        left,
        except,
        finish: () => {
          clearTimeout(timer);
          this.#drains.delete(drain);
          for (const item of left) if (!(item instanceof WorkPiece)) this.#responseEnds.forget(item);
          const remaining = new Set([...left].map(requestOf)).size;
          resolve({ drained: remaining === 0, remaining });
        },
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(drain.finish, timeoutMs);
      this.#drains.add(drain);
      for (const item of left) if (!(item instanceof WorkPiece)) this.#responseEnds.watch(item);
      if (left.size === 0) drain.finish();
    });
  }

  readonly #pieceEnded = (piece: WorkPiece): void => {
    if (this.#drains.size > 0) this.#ended(piece);
  };

  #ended(item: WorkPiece | ServerResponse): void {
    for (const drain of this.#drains) {
      if (drain.left.delete(item) && drain.left.size === 0) drain.finish();
    }
  }
}

/** What a piece of work counts as: several, of one request, are one. */
function requestOf(item: WorkPiece | ServerResponse): object {
  return item instanceof WorkPiece ? (item.response ?? item) : item;
}

/** By the framework's request, by Node's own, or by what the transport knows it by. */
function isNamed(item: WorkPiece | ServerResponse, named: object): boolean {
  const response = item instanceof WorkPiece ? item.response : item;
  const request: unknown = response?.req;
  const isRequest = request !== undefined && (request === named || request === memberOf(named, 'raw'));
  return isRequest || (item instanceof WorkPiece && item.known?.includes(named) === true);
}
