import { type Observable, Subject } from 'rxjs';
import type { MaintenanceEvent } from '../contracts/maintenance-event.js';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';
import { eventsBetween } from './status.js';

/** Tells subscribers what has changed: each change once, whatever it was learned from. */
export class StateNews {
  readonly #subject = new Subject<MaintenanceEvent>();
  /** What subscribers know, by scope. */
  #told = new Map<string | null, MaintenanceStatus>();

  readonly events: Observable<MaintenanceEvent> = this.#subject.asObservable();

  /** @param offStatus the status of a scope that a record with this revision has nothing about. */
  tell(
    statuses: readonly MaintenanceStatus[],
    offStatus: (scope: string | null, revision: number) => MaintenanceStatus,
  ): void {
    const current = new Map(statuses.map((status) => [status.scope, status]));
    const at = new Date();
    const events = [...new Set([...this.#told.keys(), ...current.keys()])].flatMap((scope) => {
      const before = this.#told.get(scope) ?? offStatus(scope, this.#told.get(null)?.revision ?? 0);
      const after = current.get(scope) ?? offStatus(scope, current.get(null)?.revision ?? 0);
      return eventsBetween(before, after).map((type) => ({ type, scope, before, after, at }));
    });
    // First, since a subscriber may change the state, which tells again.
    this.#told = current;
    for (const event of events) this.#subject.next(event);
  }

  failed(before: MaintenanceStatus, after: MaintenanceStatus, error: Error): void {
    this.#subject.next({ type: 'storage-failed', scope: null, before, after, at: new Date(), error });
  }

  recovered(before: MaintenanceStatus, after: MaintenanceStatus): void {
    this.#subject.next({ type: 'storage-recovered', scope: null, before, after, at: new Date() });
  }

  complete(): void {
    this.#subject.complete();
  }
}
