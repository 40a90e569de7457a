/** What operators and load balancers ask for while the storm goes on, each on a connection of its own, and how long it takes. */
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { obey } from './commands.mjs';
import { HEALTH_PATH, OFF_PATH, PASSWORD, STATUS_PATH } from './storm-paths.mjs';

/** Longer than anybody waits: a probe that is not answered by then counts as that long. */
const LIMIT_MS = 20_000;
const PROBES = {
  'health check': { path: HEALTH_PATH, method: 'GET', headers: {} },
  'status route': { path: STATUS_PATH, method: 'GET', headers: { accept: 'application/json' } },
  'switch-off': { path: OFF_PATH, method: 'POST', headers: { authorization: `Bearer ${PASSWORD}` } },
};

function ask(url, name) {
  const { path, method, headers } = PROBES[name];
  const began = performance.now();
  return new Promise((resolve) => {
    const done = (status) => resolve({ status, took: performance.now() - began });
    const sent = request(url + path, { method, headers, agent: false, timeout: LIMIT_MS }, (response) => {
      response.resume().once('end', () => done(response.statusCode));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', ({ code }) => done(code));
    sent.end();
  });
}

/** One after the other, for some time: those that do not change anything. */
async function probe({ url, names, forMs, every }) {
  const found = Object.fromEntries(names.map((name) => [name, []]));
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    for (const name of names) {
      const { status, took } = await ask(url, name);
      if (status !== 200 && took < LIMIT_MS) throw new Error(`${name} of ${url}: ${status}`);
      found[name].push(took);
      await delay(every);
    }
  }
  return found;
}

obey({ probe, once: ({ url, name }) => ask(url, name) });
process.send('ready');
