import type { Observable } from 'rxjs';
import type { MaintenanceEvent } from '../interfaces/maintenance-status.js';

/** Remembers what was logged since maintenance became active, so that the log has one line for each activation, not for each call. */
export class OncePerActivation {
  readonly #logged = new Set<string>();

  constructor(events: Observable<MaintenanceEvent>) {
    events.subscribe(({ type }) => {
      if (type === 'deactivated') this.#logged.clear();
    });
  }

  /** Whether this is the first time since maintenance became active. */
  isFirst(key: string): boolean {
    const isFirst = !this.#logged.has(key);
    this.#logged.add(key);
    return isFirst;
  }
}
