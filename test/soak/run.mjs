/**
 * The soak: raw sockets with generated requests against a built application, while maintenance is turned on and off.
 *
 *     npm run test:soak -- [--adapter express] [--users user.get] [--requests 200000] [--seed 1]
 *
 * `--requests` is per adapter, shared by the two ways to know a user: `user.get`, and guards. The same seed gives the same
 * requests. What must not be is printed with the bytes of its connection; the exit status is then 1.
 */
import { parseArgs } from 'node:util';
import { mebibytes, soak } from './soak.mjs';

const SHOWN = 10;
const SHOWN_BYTES = 1_500;

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: process.env.SOAK_ADAPTER ?? '' },
    users: { type: 'string', default: process.env.SOAK_USERS ?? '' },
    requests: { type: 'string', default: process.env.SOAK_REQUESTS ?? '200000' },
    seed: { type: 'string', default: process.env.SOAK_SEED ?? '1' },
    quiet: { type: 'boolean', default: false },
  },
});
const say = (line) => void process.stdout.write(`${line}\n`);
const chosen = (wanted, all) => all.filter((name) => wanted === '' || name === wanted);
const kinds = chosen(values.users, ['user.get', 'guards']);
const seed = Number(values.seed);

say(`seed ${seed}`);
for (const adapter of chosen(values.adapter, ['express', 'fastify'])) {
  for (const users of kinds) {
    const began = performance.now();
    const requests = Math.ceil(Number(values.requests) / kinds.length);
    const run = await soak({ adapter, users, requests, seed, say: values.quiet ? () => undefined : say });
    const seconds = ((performance.now() - began) / 1_000).toFixed(0);
    const growth = run.growth === undefined ? 'unknown' : mebibytes(run.growth);
    say(
      `${adapter}, ${users}: ${run.requests} requests on ${run.connections} connections, ${run.answers} answers ` +
        `${JSON.stringify(run.statuses)}, ${run.changes} times on and off, heap grown by ${growth}, ` +
        `${run.found.length} violations, ${seconds} s`,
    );
    for (const found of run.found.slice(0, SHOWN)) show(found);
    if (run.found.length > 0 || run.answers === 0) process.exitCode = 1;
  }
}

function show({ words, plan, answers = [] }) {
  say(`  VIOLATION: ${words}`);
  if (!plan) return;
  const bytes = Buffer.concat(plan.pieces.map((piece) => piece.bytes)).toString('latin1');
  const sizes = plan.pieces.map((piece) => piece.bytes.length);
  say(`    pieces of ${sizes.join(', ')} bytes${plan.leave ? `, then ${JSON.stringify(plan.leave)}` : ''}`);
  say(`    ${JSON.stringify(bytes.slice(0, SHOWN_BYTES))}`);
  for (const { status, content } of answers) say(`    got ${status}, ${content.length} bytes`);
}
