/** Starts an application once, and says how long that took. */
import { rm } from 'node:fs/promises';
import { createNest, makeDirectory } from './nest-server.mjs';

const spec = JSON.parse(process.argv[2]);
const directory = await makeDirectory();

/** Milliseconds of the processor, and by the clock. */
function now() {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1_000, wall: performance.now() };
}

const start = now();
if (spec.module !== undefined) await import('nestjs-maintenance-mode');
const imported = now();
const { app } = await createNest(spec, directory);
await app.init();
const end = now();
await app.close();
await rm(directory, { recursive: true });

const between = (from, to) => ({ cpu: to.cpu - from.cpu, wall: to.wall - from.wall });
process.send({ import: between(start, imported), init: between(imported, end), all: between(start, end) });
process.disconnect();
