import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { ValidSecret } from './issued-secrets.js';
import type { AddressRange } from '../validation/address-ranges.js';

/** What decisions about requests need again and again: made once, the same until something changes. */
export class BlockingCache {
  readonly statuses = new Map<string | null, MaintenanceStatus>();
  readonly allowed = new Map<string | null, readonly AddressRange[]>();
  secrets: readonly ValidSecret[] | null = null;
  /** It is right from then until the next edge of a window. */
  #from = 0;
  #until = 0;

  clear(): void {
    this.#until = 0;
  }

  /** Empties it once it may be wrong: the timer of the edge may be late, and the clock may be set. */
  refresh(now: number, nextEdge: (now: number) => number | null): this {
    if (now >= this.#from && now < this.#until) return this;
    this.statuses.clear();
    this.allowed.clear();
    this.secrets = null;
    this.#from = now;
    this.#until = nextEdge(now) ?? Infinity;
    return this;
  }
}
