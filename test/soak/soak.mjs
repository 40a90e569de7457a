import { startApplication } from './child.mjs';
import { converse } from './connection.mjs';
import { judge } from './judge.mjs';
import { randomFrom } from './random.mjs';
import { connectionPlan } from './requests.mjs';
import { Switching } from './switching.mjs';

const ROUNDS = 12;
const AT_A_TIME = 48;
/** What the heap may grow by from the first third of the rounds to the last: caches and compiled code, no request's remains. */
const GROWTH_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * One soak of one application: a round to warm up, then twelve that count.
 *
 * @returns counts, the growth of the heap in bytes, and `found`: what must not be, with the connection's plan.
 */
export async function soak({ adapter, users, requests, seed, say }) {
  const application = await startApplication({ adapter, users });
  const run = {
    number: 0,
    connections: 0,
    requests: 0,
    answers: 0,
    statuses: {},
    found: [],
    inFlight: new Map(),
    /** The ids of all requests: a handler may run when its client is long gone. */
    sent: new Set(),
  };
  const switching = new Switching(application, randomFrom(seed));
  const heaps = [];
  let told = 0;
  const died = application.died.then((words) => {
    const plans = [...run.inFlight.values()];
    run.found.push(
      { words, plan: plans[0] },
      ...plans.slice(1).map((plan) => ({ words: 'in flight then', plan })),
    );
    return 'died';
  });
  const work = async () => {
    for (let round = 0; round <= ROUNDS; round += 1) {
      await oneRound(application, run, switching, {
        seed,
        until: Math.ceil((requests * (round + 1)) / (ROUNDS + 1)),
      });
      heaps.push(await application.ask('heap'));
      say(
        `${adapter}, ${users}: ${run.requests} requests, heap ${mebibytes(heaps.at(-1))}, found ${run.found.length}`,
      );
      for (const { words } of run.found.slice(told)) say(`  ${String(words)}`);
      told = run.found.length;
    }
    const { drained, remaining } = await application.ask('drained', 60_000);
    if (!drained)
      run.found.push({ words: `${remaining} pieces of work are counted as in flight, and nothing is` });
    return 'done';
  };
  const end = await Promise.race([work().catch((error) => died.then((how) => how ?? error)), died]);
  const growth = end === 'done' ? median(heaps.slice(-4)) - median(heaps.slice(1, 5)) : undefined;
  if (growth > GROWTH_LIMIT_BYTES) run.found.push({ words: `the heap grew by ${mebibytes(growth)}` });
  const found = [...run.found];
  await application.stop();
  return { ...run, changes: switching.changes, growth, found };
}

async function oneRound(application, run, switching, { seed, until }) {
  const outcomes = [];
  switching.start();
  const client = async () => {
    while (run.requests < until) {
      const number = (run.number += 1);
      const plan = connectionPlan(seed, number);
      run.requests += plan.requests.length;
      for (const { id } of plan.requests) run.sent.add(id);
      run.connections += 1;
      run.inFlight.set(number, plan);
      const outcome = await converse(application.port, plan);
      run.inFlight.delete(number);
      run.answers += outcome.answers.length;
      for (const { status } of outcome.answers) run.statuses[status] = (run.statuses[status] ?? 0) + 1;
      outcomes.push({ ...outcome, plan });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  await switching.stop();
  const notes = await application.ask('notes');
  for (const { words, outcome } of judge(outcomes, notes, { ...switching.spans, sent: run.sent }))
    run.found.push({ words, plan: outcome?.plan, answers: outcome?.answers });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const mebibytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
