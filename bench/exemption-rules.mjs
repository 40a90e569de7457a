/**
 * What a look-up in the address ranges and the URL prefixes costs, by how many there are. All sizes are measured in turns
 * in one run; printed are medians of nanoseconds per look-up and the ratio to the smallest size.
 *
 * npm run build && node bench/exemption-rules.mjs
 */
import { ignoreIpAddresses } from '../dist/policy/ignore-ip-addresses.js';
import { ignoreUrls } from '../dist/policy/ignore-urls.js';
import { parseAddressRange } from '../dist/validation/ip-address.js';

const SIZES = [1, 10, 100, 1_000, 10_000];
const ROUNDS = 21;
const LOOK_UPS = 20_000;

const userFunctions = { call: (_option, call) => call() };
const addresses = Array.from({ length: 997 }, (_, i) => `10.${i % 256}.${(i * 7) % 256}.${(i * 13) % 256}`);
const paths = Array.from({ length: 997 }, (_, i) => `/section-${i}/page/${i * 31}`);

function addressRule(size) {
  const ranges = Array.from({ length: size }, (_, i) =>
    parseAddressRange(`${20 + (i % 100)}.${(i >> 8) % 256}.${i % 256}.0/28`),
  );
  const rule = ignoreIpAddresses(ranges, (request) => request.ip, userFunctions);
  return (i) => rule.covers({ request: { ip: addresses[i % addresses.length] } });
}

function urlRule(size) {
  const rule = ignoreUrls(Array.from({ length: size }, (_, i) => `/exempt-${i}/sub`));
  return (i) => rule.covers({ url: paths[i % paths.length] });
}

function nanoseconds(lookUp) {
  const start = performance.now();
  for (let i = 0; i < LOOK_UPS; i += 1) lookUp(i);
  return ((performance.now() - start) * 1e6) / LOOK_UPS;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

for (const [name, makeRule] of [
  ['address ranges', addressRule],
  ['URL prefixes', urlRule],
]) {
  const rules = SIZES.map(makeRule);
  const results = SIZES.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    rules.forEach((rule, index) => results[index].push(nanoseconds(rule)));
  }
  const medians = results.map(median);
  console.table(
    SIZES.map((size, index) => ({
      [name]: size,
      'ns per look-up': Math.round(medians[index]),
      ratio: (medians[index] / medians[0]).toFixed(2),
    })),
  );
}
