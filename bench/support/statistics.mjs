/** The value below which the share of all values is, between two values in proportion. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}

export const median = (values) => quantile(values, 0.5);

/** The median, and the quartiles, which say how much the rounds differ. */
export function spread(values) {
  return { median: median(values), quartiles: [quantile(values, 0.25), quantile(values, 0.75)] };
}

/** Of two series that were measured in the same rounds: what the machine did to a round, it did to both. */
export const ratios = (values, baseline) => values.map((value, round) => value / baseline[round]);

export const differences = (values, baseline) => values.map((value, round) => value - baseline[round]);
