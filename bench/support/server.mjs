/** One of the servers that are compared, in a process of its own. What it is stands on its command line. */
import { setTimeout as delay } from 'node:timers/promises';
import { startBare } from './bare-servers.mjs';
import { obey } from './commands.mjs';
import { startNest } from './nest-server.mjs';

const spec = JSON.parse(process.argv[2]);
const { port, close } = await (spec.bare ? startBare(spec) : startNest(spec));

/** All threads of the process, those for garbage collection and for files too; microseconds. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const collections = [];
// Only for the bench of memory, whose flags these are: it costs a little.
if (globalThis.gc) {
  const observer = new PerformanceObserver((list) => void collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
}

/** What is allocated, exact where no garbage collection comes between two questions; bytes. */
function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, external, at: performance.now() };
}

const collect = () => globalThis.gc();

/** An observer hears of a collection only some time afterwards. */
async function wasCollected({ from, to }) {
  await delay(100);
  return collections.some(({ startTime, duration }) => startTime + duration > from && startTime < to);
}

obey({ cpu, memory, collect, wasCollected }, close);
process.send(`http://127.0.0.1:${port}`);
