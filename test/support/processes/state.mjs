// Not the bundle, and without Nest, as the command line has it: a process that loads neither starts in a third of the time.
import { resolveOptions } from '../../../dist-modules/options/resolved-options.js';
import { createState } from '../../../dist-modules/state/state-lifecycle.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** The state of an application with these options, in sync with its storage. */
export async function openState(options) {
  const { service, writer, lifecycle } = createState(resolveOptions(options, silent, options.storage), silent);
  await lifecycle.boot();
  lifecycle.onModuleInit();
  return { maintenance: service, writer, close: () => lifecycle.beforeApplicationShutdown() };
}
