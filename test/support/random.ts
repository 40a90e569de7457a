/** Whole numbers below a limit, the same for the same seed on every run (mulberry32). */
export function randomFrom(seed: number): (limit: number) => number {
  let state = Math.imul(seed + 1, 0x9e37_79b9);
  return (limit) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
