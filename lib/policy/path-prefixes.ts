/**
 * Path prefixes that end at segment boundaries: `/health` covers `/health` and what is beneath, not `/healthy`;
 * `/health/` only what is beneath; `/` only the root. What a look-up costs does not depend on how many there are.
 */
export class PathPrefixes {
  readonly #prefixes: ReadonlySet<string>;
  readonly #longest: number;

  constructor(prefixes: readonly string[]) {
    this.#prefixes = new Set(prefixes);
    this.#longest = prefixes.reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  cover(path: string): boolean {
    if (this.#prefixes.has(path)) return true;
    // Each slash ends one prefix, and begins another that goes on with it. Longer than the longest is no prefix.
    let slash = path.indexOf('/', 1);
    while (slash !== -1 && slash <= this.#longest) {
      if (this.#prefixes.has(path.slice(0, slash)) || this.#prefixes.has(path.slice(0, slash + 1)))
        return true;
      slash = path.indexOf('/', slash + 1);
    }
    return false;
  }
}
