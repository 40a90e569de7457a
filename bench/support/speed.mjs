/** What the benches of speed say of their measurements. */
import { range } from './results.mjs';
import { differences, median, ratios, spread } from './statistics.mjs';

const column = (samples, name) => samples.map((sample) => sample[name]);

/** The paired ratios of each quantity, and their spread. */
export function comparedWith(samples, baseline) {
  const compared = (name) => spread(ratios(column(samples, name), column(baseline, name)));
  return { cpu: compared('cpu'), throughput: compared('throughput'), p99: compared('p99') };
}

/** How many microseconds more a request costs than in the baseline. */
export const moreCpu = (samples, baseline) =>
  spread(differences(column(samples, 'cpu'), column(baseline, 'cpu')));

export function medians(samples) {
  const of = (name) => median(column(samples, name));
  return { cpu: of('cpu'), throughput: of('throughput'), p99: of('p99') };
}

/** The columns of all tables of speed. */
export function speedColumns({ cpu, throughput, p99 }, ratio) {
  return {
    'CPU, us': cpu.toFixed(1),
    ratio: ratio.cpu.median.toFixed(3),
    quartiles: range(ratio.cpu.quartiles, 3),
    'requests/s': `${Math.round(throughput)} (${ratio.throughput.median.toFixed(2)})`,
    'p99, ms': `${p99.toFixed(2)} (${ratio.p99.median.toFixed(2)})`,
  };
}
