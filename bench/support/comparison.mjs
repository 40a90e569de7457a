import { isDeepStrictEqual } from 'node:util';
import { seeAnswer } from './answer.mjs';
import { MEASURED_CORE, OTHER_CORE, startChild } from './child-process.mjs';

/**
 * Compares servers: all of a group are measured in each round, one after the other and each time in another order. They
 * are started anew several times, since two processes with the same code differ too.
 *
 * @param groups what is compared: `requests` (each as autocannon wants it), the `status` that they get, the `amount` of
 *   requests in a measurement, and `variants`: by name, what `server.mjs` is told. It may be a function of the answer of
 *   the first variant. `differs`: it need not give the same answer as the first.
 * @param starts how often the servers are started.
 * @param rounds how often each is measured after a start.
 * @param measure what is done to a server in a round; it gets the group, the server and what fires requests at it.
 * @returns for each group, by the names of the variants, the measurements of all rounds.
 */
export async function compare(groups, { starts, rounds, measure = speed, flags = [] }) {
  const load = await startChild('load.mjs', {}, { core: OTHER_CORE });
  const fire = ({ requests, status }, { child }, amount) =>
    load.ask('fire', { url: child.ready, requests, status, amount });
  const results = groups.map(({ variants }) =>
    Object.fromEntries(Object.keys(variants).map((name) => [name, []])),
  );

  const measureGroup = async (group, samples) => {
    const servers = await startServers(group, flags);
    for (const server of servers) await fire(group, server, group.warmUp);
    for (let round = 0; round < rounds; round += 1) {
      for (const server of inTurn(servers, round)) {
        samples[server.name].push(await measure(group, server, fire));
      }
    }
    for (const { child } of servers) await child.stop();
  };

  for (let start = 0; start < starts; start += 1) {
    for (const [index, group] of groups.entries()) {
      process.stderr.write(`${group.name}: start ${start + 1} of ${starts}\n`);
      await measureGroup(group, results[index]);
    }
  }
  await load.stop();
  return results;
}

/** The CPU time of a request, in microseconds, and what its clients see. */
async function speed(group, server, fire) {
  const before = await server.child.ask('cpu');
  const { throughput, p99 } = await fire(group, server, group.amount);
  const after = await server.child.ask('cpu');
  return { cpu: (after - before) / group.amount, throughput, p99 };
}

async function startServers({ variants, requests, status }, flags) {
  const servers = [];
  let first;
  for (const [name, variant] of Object.entries(variants)) {
    const { differs, ...spec } = typeof variant === 'function' ? variant(first) : variant;
    const child = await startChild('server.mjs', spec, { core: MEASURED_CORE, flags });
    const answer = await seeAnswer(child.ready, requests[0]);
    first ??= answer;
    const isRight = differs ? answer.statusCode === status : isDeepStrictEqual(answer, first);
    if (!isRight || first.statusCode !== status)
      throw new Error(`${name} answers ${JSON.stringify(answer)}, not ${JSON.stringify(first)}.`);
    servers.push({ name, child });
  }
  return servers;
}

/** Another one first in each round, and every second time backwards: none always comes after the same. */
function inTurn(servers, round) {
  const at = round % servers.length;
  const turned = [...servers.slice(at), ...servers.slice(0, at)];
  return round % 2 === 0 ? turned : turned.toReversed();
}
