/**
 * What operators need in the worst hour: how long a health check, the status route and the switch-off take while blocked
 * requests come twice as fast as the process can serve them, and while slow clients hold thousands of connections; beside the
 * same application without the module, which answers all else with the same 503 as cheaply as the framework can.
 *
 * npm run bench:storm -- [express] [fastify] [--connections 2000] [--seconds 4] [--rounds 2] [--storm rate]
 */
import { parseArgs } from 'node:util';
import { seeAnswer } from './support/answer.mjs';
import { MEASURED_CORE, OTHER_CORE, startChild } from './support/child-process.mjs';
import { printTable, writeResults } from './support/results.mjs';
import { quantile } from './support/statistics.mjs';
import { BLOCKED_PATH } from './support/storm-paths.mjs';

const OURS = 'the module';
const BARE = 'bare framework';
const STORMS = ['none', 'rate', 'slow-bodies', 'open-connections'];
const READING = ['health check', 'status route'];
const SWITCH_OFFS = 8;
/** Until the queues are as long as they get; milliseconds. */
const BUILD_UP_MS = 1_000;
const PROBE_EVERY_MS = 10;
const CAPACITY = { connections: 64, rate: 1_000_000 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connections: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    storm: { type: 'string', default: '' },
  },
});
const adapters = positionals.length > 0 ? positionals : ['express', 'fastify'];
const connections = Number(values.connections);
const wait = (ms) => new Promise((resolve) => void setTimeout(resolve, ms));

const load = await startChild('storm-load.mjs', {}, { core: OTHER_CORE });
const prober = await startChild('storm-probe.mjs', {}, { core: OTHER_CORE });

async function startServers(adapter) {
  const own = { adapter, hasModule: true };
  const first = await startChild('storm-server.mjs', own, { core: MEASURED_CORE });
  const answer = await seeAnswer(first.ready, { path: BLOCKED_PATH, headers: { accept: 'text/html' } });
  const bare = { adapter, hasModule: false, answer };
  const second = await startChild('storm-server.mjs', bare, { core: MEASURED_CORE });
  return { [OURS]: first, [BARE]: second };
}

/** Answers in a second with few clients, each of which waits for its answer. */
async function capacityOf(url) {
  await load.ask('start', { url, kind: 'rate', ...CAPACITY });
  await wait(1_000);
  await load.ask('stop');
  await load.ask('start', { url, kind: 'rate', ...CAPACITY });
  await wait(2_000);
  const { answers } = await load.ask('stop');
  return answers / 2;
}

async function measure(server, kind, rate) {
  const url = server.ready;
  const began = performance.now();
  if (kind !== 'none') {
    await load.ask('start', { url, kind, connections, rate });
    await wait(BUILD_UP_MS);
  }
  const forMs = Number(values.seconds) * 1_000;
  const times = await prober.ask('probe', { url, names: READING, forMs, every: PROBE_EVERY_MS });
  times['switch-off'] = [];
  for (let i = 0; i < SWITCH_OFFS; i += 1) {
    // One that is not answered counts as long as it was waited for.
    const { took } = await prober.ask('once', { url, name: 'switch-off' });
    times['switch-off'].push(took);
    await server.ask('enable');
  }
  const seconds = (performance.now() - began) / 1_000;
  const counts = kind === 'none' ? undefined : await load.ask('stop');
  // What was on its way is over.
  await prober.ask('once', { url, name: 'health check' });
  await wait(300);
  return { times, counts, seconds };
}

const results = [];
for (const adapter of adapters) {
  const servers = await startServers(adapter);
  const capacities = {};
  for (const kind of STORMS.filter((name) => values.storm === '' || name === values.storm)) {
    const samples = { [OURS]: [], [BARE]: [] };
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const order = round % 2 === 0 ? [OURS, BARE] : [BARE, OURS];
      for (const name of order) {
        // Measured right before its storm: what else the machine does changes it.
        if (kind === 'rate') capacities[name] = await capacityOf(servers[name].ready);
        samples[name].push(await measure(servers[name], kind, Math.ceil(2 * (capacities[name] ?? 0))));
      }
    }
    results.push({ adapter, kind, capacities, samples });
  }
  for (const server of Object.values(servers)) await server.stop();
}
await Promise.all([load.stop(), prober.stop()]);

for (const { adapter, kind, capacities, samples } of results) {
  const served = Object.entries(capacities).map(([name, per]) => `${name} serves ${Math.round(per)}/s`);
  const title =
    kind === 'rate' ? `twice the capacity on ${connections} connections (${served.join(', ')})` : kind;
  printTable(`${adapter}, storm: ${title}`, rowsOf(samples));
  for (const [name, own] of Object.entries(samples)) {
    for (const { counts, seconds } of own) if (counts) console.log(`${name}: ${inWords(counts, seconds)}`);
  }
}
await writeResults('storm', { connections, results });

function rowsOf(samples) {
  return [...READING, 'switch-off'].map((probe) => {
    const timesOf = (name) => samples[name].flatMap(({ times }) => times[probe]);
    const [ours, bare] = [timesOf(OURS), timesOf(BARE)];
    const figures = [0.5, 0.99, 1].map((share) => [quantile(ours, share), quantile(bare, share)]);
    const [p50, p99, max] = figures.map(
      ([own, other]) => `${own.toFixed(1)} / ${other.toFixed(1)} (${(own / other).toFixed(2)})`,
    );
    return {
      'ms, the module / bare (ratio)': probe,
      p50,
      p99,
      max,
      probes: `${ours.length} / ${bare.length}`,
    };
  });
}

function inWords({ arrived, turnedAway, answers, open, closed, statuses }, seconds) {
  const per = (count) => `${Math.round(count / seconds)}/s`;
  return (
    `${per(arrived)} arrived, ${per(answers)} answered ${JSON.stringify(statuses)}, ${per(turnedAway)} found no ` +
    `connection, ${closed} connections closed, ${open} open at the end`
  );
}
