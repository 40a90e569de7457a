import type { Logger } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { MaintenanceEvent } from '../contracts/maintenance-event.js';
import type { MaintenanceStatus } from '../contracts/maintenance-status.js';

/** Writes one line for each change, and one for the beginning and the end of an outage of the storage. */
export function logEvents(events: Observable<MaintenanceEvent>, logger: Logger): void {
  events.subscribe((event) => {
    switch (event.type) {
      case 'storage-failed':
        logger.error(
          `${event.error?.message ?? 'The storage has failed'}. ` +
            `What is known goes on to hold (${describeStatus(event.after)}); trying again.`,
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

/** Text of users stands in JSON quotes: a line break in a reason makes no second line in the log. */
function describeStatus(status: MaintenanceStatus): string {
  const parts = [
    status.state,
    status.mode === 'read-only' ? 'read-only' : '',
    status.startsAt ? `from ${status.startsAt.toISOString()}` : '',
    status.endsAt ? `until ${status.endsAt.toISOString()}` : '',
    status.reason === null ? '' : `for ${JSON.stringify(status.reason)}`,
  ];
  return parts.filter((part) => part !== '').join(', ') + byWhom(status);
}

function byWhom(status: MaintenanceStatus): string {
  return status.by === null ? '' : `, by ${JSON.stringify(status.by)}`;
}
