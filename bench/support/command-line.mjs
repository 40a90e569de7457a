import { parseArgs } from 'node:util';

const ADAPTERS = ['express', 'fastify'];

/**
 * What the command line says: `express` or `fastify` alone, and how much is measured.
 * `--starts` and `--rounds` say how often servers are started, and measured after each start; `--quick` is for trying out.
 */
export function commandLine({ starts, rounds }) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { starts: { type: 'string' }, rounds: { type: 'string' }, quick: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => !ADAPTERS.includes(name));
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(', ')}. There are: ${ADAPTERS.join(', ')}.`);
  return {
    adapters: positionals.length > 0 ? positionals : ADAPTERS,
    starts: Number(values.starts ?? (values.quick ? 1 : starts)),
    rounds: Number(values.rounds ?? (values.quick ? 3 : rounds)),
  };
}
