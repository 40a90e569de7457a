/**
 * How long it takes from the resolved `enable()` in one process to the first 503 in the others: 8 instances, each with a
 * client of its own, 200 toggles, each by the next instance.
 * Negative: it was there before `enable()` returned. All on this machine, storage included: a network comes on top.
 *
 * npm run build && node bench/propagation.mjs [file] [redis] [cache] [s3]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chosenPlaces, inPlace } from './support/places.mjs';

const INSTANCES = 8;
const TOGGLES = Number(process.env['TOGGLES'] ?? 200);
/** Each instance has made one: their code is compiled then. */
const WARM_UP = INSTANCES;
/** A toggle that has not reached all by then never will. */
const LIMIT_MS = 60_000;
const INSTANCE = fileURLToPath(new URL('support/instance.mjs', import.meta.url));

/** What a read and a request may add to the wait for a poll, with eight instances on two processors. */
const WAY_MS = 100;

/** What is promised. A poll comes within its interval and the jitter of that, a tenth. */
const PUSHED = { pollIntervalMs: 1_000 };
const POLLED = { pollIntervalMs: 250, limits: { p99: 250 * 1.1 + WAY_MS } };
const PROMISES = {
  file: { ...PUSHED, limits: { p99: 100 } },
  redis: { ...PUSHED, limits: { median: 10, p99: 50 } },
  cache: POLLED,
  s3: POLLED,
};

const isKept = (figures, limits) => Object.entries(limits).every(([name, limit]) => figures[name] < limit);

async function startInstance(spec, pollIntervalMs) {
  const child = fork(INSTANCE, [JSON.stringify({ storage: spec, pollIntervalMs })]);
  const next = (isIt) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No answer within ${LIMIT_MS} ms.`)), LIMIT_MS);
      const look = (message) => {
        if (!isIt(message)) return;
        child.off('message', look);
        clearTimeout(timer);
        resolve(message.at);
      };
      child.on('message', look);
    });
  await Promise.race([
    next((message) => 'ready' in message),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`An instance has ended with ${code}.`))),
  ]);
  return {
    answers: (status) => next(({ answered }) => answered === status),
    toggle: (command) => {
      const resolved = next((message) => message.resolved === command);
      child.send(command);
      return resolved;
    },
    close: async () => {
      const gone = once(child, 'exit');
      child.send('close');
      await gone;
    },
  };
}

/** For each toggle, how long it took each of the others; milliseconds. */
async function measure(spec, pollIntervalMs) {
  const instances = await Promise.all(
    Array.from({ length: INSTANCES }, () => startInstance(spec, pollIntervalMs)),
  );
  const toggles = [];
  try {
    for (let number = -WARM_UP; number < TOGGLES; number += 1) {
      const writer = instances[(number + WARM_UP) % INSTANCES];
      const others = instances.filter((instance) => instance !== writer);
      const answered = Promise.all(others.map((instance) => instance.answers(503)));
      const resolvedAt = await writer.toggle('enable');
      const times = (await answered).map((at) => at - resolvedAt);
      if (number >= 0) toggles.push(times);
      const back = Promise.all(instances.map((instance) => instance.answers(200)));
      await writer.toggle('disable');
      await back;
      // Any moment of a poll interval: else all toggles would come right after the last poll of somebody.
      await delay(Math.random() * Math.min(pollIntervalMs, 300));
    }
  } finally {
    await Promise.all(instances.map((instance) => instance.close()));
  }
  return toggles;
}

const rounded = (value) => Math.round(value * 100) / 100;

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { median: rounded(at(0.5)), p99: rounded(at(0.99)), max: rounded(sorted.at(-1)) };
}

// Of the last minute: what else this machine was doing.
const loadBefore = Math.round(loadavg()[0] * 10) / 10;
const results = {};
for (const name of chosenPlaces(process.argv.slice(2))) {
  const { pollIntervalMs, limits } = PROMISES[name];
  const toggles = await inPlace(name, (spec) => measure(spec, pollIntervalMs));
  if (toggles === null) continue;
  const each = summary(toggles.flat());
  const all = summary(toggles.map((times) => Math.max(...times)));
  results[name] = { pollIntervalMs, limits, kept: isKept(each, limits), each, all };
}

console.table(
  Object.fromEntries(
    Object.entries(results).map(([name, { pollIntervalMs, each, all, kept }]) => [
      name,
      {
        'poll, ms': pollIntervalMs,
        'median, ms': each.median,
        'p99, ms': each.p99,
        'max, ms': each.max,
        'all seven: median': all.median,
        p99: all.p99,
        'as promised': kept ? 'yes' : 'NO',
      },
    ]),
  ),
);

const directory = new URL('results/', import.meta.url);
await mkdir(directory, { recursive: true });
const about = {
  node: process.version,
  processors: availableParallelism(),
  loadBefore,
  instances: INSTANCES,
  toggles: TOGGLES,
};
await writeFile(
  new URL('propagation.json', directory),
  `${JSON.stringify({ ...about, results }, null, 2)}\n`,
);
if (Object.values(results).some(({ kept }) => !kept)) process.exitCode = 1;
