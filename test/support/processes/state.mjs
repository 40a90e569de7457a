// Not the bundle, and without Nest, as the command line has it: a process that loads neither starts in a third of the time.
import { resolveOptions } from '../../../dist-modules/options/resolved-options.js';
import { InFlightWork } from '../../../dist-modules/drain/in-flight-work.js';
import { MaintenanceService } from '../../../dist-modules/state/maintenance.service.js';
import { StateParts } from '../../../dist-modules/state/state-parts.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** The state of an application with these options, in sync with its storage. */
export async function openState(options) {
  const parts = new StateParts(resolveOptions(options, silent, options.storage), silent);
  await parts.boot();
  parts.start();
  const maintenance = new MaintenanceService(parts, new InFlightWork(), silent);
  return { maintenance, writer: parts.writer, close: () => parts.release() };
}
