/** A whole number below the limit. */
export type Random = (limit: number) => number;

export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error('There is nothing to choose from.');
  return value;
}
