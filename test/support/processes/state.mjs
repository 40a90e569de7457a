// Not the bundle, and without Nest, as the command line has it: a process that loads neither starts in a third of the time.
import { resolveOptions } from '../../../dist-modules/options/resolved-options.js';
import { StateParts } from '../../../dist-modules/state/state-parts.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** The state of an application with these options, in sync with its storage. */
export async function openState(options) {
  const parts = new StateParts(resolveOptions(options, silent, options.storage), silent);
  await parts.boot();
  parts.start();
  return { maintenance: parts.service, writer: parts.writer, close: () => parts.release() };
}
