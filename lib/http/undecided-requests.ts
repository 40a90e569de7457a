import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

/** The requests on which only the interceptor can decide, since it depends on what the guards of the route find out. */
export class UndecidedRequests {
  readonly #held = new WeakMap<object, MaintenanceStatus>();

  /** @param held what blocks the request unless something exempts it yet. */
  add(request: object, held: MaintenanceStatus): void {
    this.#held.set(request, held);
  }

  /** What blocks the request, once; undefined where it has been decided on. */
  take(request: object): MaintenanceStatus | undefined {
    const held = this.#held.get(request);
    this.#held.delete(request);
    return held;
  }
}
