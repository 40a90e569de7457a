import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';

/** The requests that something has exempted at the gate, so that nobody is asked twice. */
export class PassedRequests {
  readonly #passed = new WeakMap<object, MaintenanceStatus>();

  /** @param held what would have blocked it. */
  add(request: object, held: MaintenanceStatus): void {
    this.#passed.set(request, held);
  }

  /** Whether the request is exempt from just that. */
  has(request: object, held: MaintenanceStatus): boolean {
    return this.#passed.get(request) === held;
  }
}
