/**
 * Through how many files and functions of the package one request goes, and how many files an import loads.
 *
 * npm run bench:path -- [--list]
 *
 * Counted by V8's coverage of one warm request on each adapter. The package is bundled, so this reads the modules
 * that `tsc` has written to `dist-modules`.
 */
import { Session } from 'node:inspector/promises';
import * as modules from '../dist-modules/index.js';
import { listen } from './support/application.mjs';
import { printTable } from './support/results.mjs';

const DIST = new URL('../dist-modules/', import.meta.url).href;
const WARM_UP = 20;
const ADMIN = { id: 'ada', isSuperuser: true };

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** The functions of the package that ran since the last call, as `file:function`. */
async function functionsSince() {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(({ url }) => url.startsWith(DIST))
    .flatMap(({ url, functions }) =>
      functions
        .filter(({ functionName, ranges: [range] }) => functionName !== '' || range.startOffset > 0)
        .filter(({ ranges: [range] }) => range.count > 0)
        .map(({ functionName }) => `${url.slice(DIST.length)}:${functionName || '(anonymous)'}`),
    );
}

async function countOne(send) {
  for (let round = 0; round < WARM_UP; round += 1) await send();
  await functionsSince();
  const status = await send();
  return { status, functions: await functionsSince() };
}

const get = (url, headers) => async () => {
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  return response.status;
};

/** What is counted: options, whether maintenance is on, and the request. */
const flows = [
  { flow: 'passed, maintenance off', isOn: false, send: get },
  { flow: 'blocked', isOn: true, send: get },
  { flow: 'decided after the guards', isOn: true, options: { ignore: { staff: true } }, send: get },
  {
    flow: 'turned on by POST',
    isOn: false,
    options: { user: { get: () => ADMIN } },
    send: (url) => async () => {
      const response = await fetch(new URL('/maintenance-mode/on', url), { method: 'POST' });
      await response.arrayBuffer();
      return response.status;
    },
  },
];

const rows = [];
for (const adapter of ['express', 'fastify']) {
  for (const { flow, isOn, options, send } of flows) {
    const settings = { storage: new modules.MemoryStorage(), sync: { pollIntervalMs: 60_000 }, ...options };
    const { app, url, maintenance } = await listen(settings, adapter, modules);
    if (isOn) await maintenance.enable();
    const { status, functions } = await countOne(send(url, {}));
    const files = new Set(functions.map((name) => name.slice(0, name.lastIndexOf(':'))));
    rows.push({ adapter, flow, status, files: files.size, functions: functions.length });
    if (process.argv.includes('--list')) console.log(`\n${adapter}, ${flow}\n  ${functions.join('\n  ')}`);
    await app.close();
  }
}
printTable('Files and functions of the package for one request', rows);
session.disconnect();
