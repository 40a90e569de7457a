/**
 * Storage calls per request: a burst of 100,000 requests, half of them while maintenance holds, through both adapters. The
 * storage counts its calls. A poll is due once in an interval (less its jitter, a tenth), whatever the requests do.
 *
 * npm run build && node bench/storage-calls.mjs [file] [redis] [cache] [s3]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import autocannon from 'autocannon';
import { listen } from './support/application.mjs';
import { chosenPlaces, inPlace, openStorage } from './support/places.mjs';

const REQUESTS = Number(process.env['REQUESTS'] ?? 100_000);
const POLL_INTERVAL_MS = 1_000;

/** Counts the calls of a storage. */
function counted(storage) {
  const calls = { read: 0, write: 0, watch: 0 };
  const counting = new Proxy(storage, {
    get(target, member) {
      const value = Reflect.get(target, member, target);
      if (typeof value !== 'function') return value;
      return (...args) => {
        if (member in calls) calls[member] += 1;
        return value.apply(target, args);
      };
    },
  });
  return { counting, calls };
}

async function burst(url, amount) {
  const { statusCodeStats } = await autocannon({ url, amount, connections: 20 });
  return Object.fromEntries(Object.entries(statusCodeStats).map(([status, { count }]) => [status, count]));
}

async function measure(spec, adapter) {
  const { counting, calls } = counted(await openStorage(spec));
  const options = { storage: counting, sync: { pollIntervalMs: POLL_INTERVAL_MS, timeoutMs: 10_000 } };
  const { app, url, maintenance } = await listen(options, adapter);
  try {
    await maintenance.refresh();
    const count = async () => {
      const before = { ...calls };
      const start = performance.now();
      const answers = await burst(url, REQUESTS / 2);
      const seconds = (performance.now() - start) / 1_000;
      const during = Object.entries(calls).map(([name, number]) => number - before[name]);
      return { answers, seconds, calls: during.reduce((sum, number) => sum + number, 0) };
    };
    const off = await count();
    await maintenance.enable();
    const on = await count();
    await maintenance.disable();
    const seconds = off.seconds + on.seconds;
    // At the beginning of each half: a subscription that has just begun, and the pushes of its own write, are read for.
    const due = Math.ceil((seconds * 1_000) / (POLL_INTERVAL_MS * 0.9)) + 4;
    return {
      adapter,
      requests: REQUESTS,
      answers: { ...off.answers, ...on.answers },
      seconds: Math.round(seconds * 10) / 10,
      calls: off.calls + on.calls,
      due,
    };
  } finally {
    await app.close();
  }
}

const results = [];
for (const name of chosenPlaces(process.argv.slice(2))) {
  for (const adapter of ['express', 'fastify']) {
    const result = await inPlace(name, (spec) => measure(spec, adapter));
    if (result === null) break;
    results.push({ storage: name, ...result });
  }
}

console.table(
  results.map(({ answers, due, calls, seconds, ...rest }) => ({
    ...rest,
    ...answers,
    seconds,
    'storage calls': calls,
    'polls due, at most': due,
  })),
);

const directory = new URL('results/', import.meta.url);
await mkdir(directory, { recursive: true });
const about = { node: process.version, pollIntervalMs: POLL_INTERVAL_MS };
await writeFile(
  new URL('storage-calls.json', directory),
  `${JSON.stringify({ ...about, results }, null, 2)}\n`,
);
const half = REQUESTS / 2;
const isWrong = ({ answers, calls, due }) => calls > due || answers[200] !== half || answers[503] !== half;
if (results.some(isWrong)) {
  process.stderr.write('Not as promised.\n');
  process.exitCode = 1;
}
