import { PathPrefixes } from '../policy/path-prefixes.js';

/** A segment that means the same to every router. */
const LITERAL = /^[\w\-.~]+$/;
/** A path that every router reads in the same way: nothing is decoded, cut off or merged. */
const PLAIN = /^\/(?:[\w\-.~!$&'()*+,=:@]+\/)*[\w\-.~!$&'()*+,=:@]*$/;

/**
 * Tells without a router which URLs no open route has. It may take one for open that is not, but never the other way
 * round: patterns are cut where they stop being literal, and what is not plain may be anything.
 */
export class ExemptPaths {
  /** In lower case; null where any path may be open. */
  readonly #prefixes: PathPrefixes | null;

  /** @param patterns of the open routes, as the router was given them. */
  constructor(patterns: readonly unknown[]) {
    const prefixes = patterns.map(literalPrefix);
    this.#prefixes = prefixes.every((prefix) => prefix !== null) ? new PathPrefixes(prefixes) : null;
  }

  mayHave(url: string): boolean {
    if (this.#prefixes === null) return true;
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    return !PLAIN.test(path) || this.#prefixes.cover(path.toLowerCase());
  }
}

/** Null where there is none. */
function literalPrefix(pattern: unknown): string | null {
  if (typeof pattern !== 'string' || !pattern.startsWith('/')) return null;
  // In `/items{/:id}` a segment ends where the optional part begins.
  const segments = pattern.toLowerCase().replaceAll('{/', '/{').split('/').filter(Boolean);
  const end = segments.findIndex((segment) => !LITERAL.test(segment));
  if (end === 0) return null;
  return `/${(end === -1 ? segments : segments.slice(0, end)).join('/')}`;
}
