import type { Logger } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { MaintenanceEvent } from '../interfaces/maintenance-status.js';
import { byWhom, describeStatus } from './describe-status.js';

/** Logs one line for each change, and one each for the beginning and the end of an outage of the storage. */
export function logChanges(changes: Observable<readonly MaintenanceEvent[]>, logger: Logger): void {
  changes.subscribe(([event]) => {
    if (event === undefined) return;
    switch (event.type) {
      case 'storage-failed':
        logger.error(
          `${event.error?.message ?? 'The storage has failed.'} ` +
            `What is known goes on to hold (${describeStatus(event.after)}), and it is tried again.`,
        );
        break;
      case 'storage-recovered':
        logger.log(`The storage answers again. Maintenance: ${describeStatus(event.after)}.`);
        break;
      default:
        logger.log(
          `Maintenance${event.scope === null ? '' : ` of ${JSON.stringify(event.scope)}`} ${lineOf(event)}.`,
        );
    }
  });
}

function lineOf({ type, after }: MaintenanceEvent): string {
  switch (type) {
    case 'deactivated':
    case 'cancelled':
      return `${type}${byWhom(after)}`;
    default:
      return `${type}: ${describeStatus(after)}`;
  }
}
