/** Separators, wildcards and ends of a path: a path with one of them is never exempt. */
const SUSPICIOUS = /\/\/|[\\;#?%\p{Cc}]/u;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * The decoded path of a request target, or null where two programs could read it differently: doubled slashes,
 * backslashes, semicolons, dot segments, encoded separators, control characters, invalid escapes, the absolute form
 * (`GET http://host/path`). Such a request is never exempt by its path, since the router might read another path.
 */
export function unambiguousPath(url: string): string | null {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.startsWith('/') || /%(?:2e|2f|5c)/i.test(path)) return null;
  const decoded = decode(path);
  return decoded === null || SUSPICIOUS.test(decoded) || DOT_SEGMENT.test(decoded) ? null : decoded;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/**
 * Path prefixes that end at segment boundaries: `/health` covers `/health` and what is beneath, not `/healthy`;
 * `/health/` only what is beneath; `/` only the root. The cost of a look-up does not depend on their number.
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
    // Each slash ends two candidates: without it and with it. Nothing beyond the longest prefix can match.
    let slash = path.indexOf('/', 1);
    while (slash !== -1 && slash <= this.#longest) {
      if (this.#prefixes.has(path.slice(0, slash)) || this.#prefixes.has(path.slice(0, slash + 1)))
        return true;
      slash = path.indexOf('/', slash + 1);
    }
    return false;
  }
}

/** A segment that every router matches literally. */
const LITERAL = /^[\w\-.~]+$/;
/** A path that every router reads alike: nothing is decoded, removed or merged. */
const PLAIN = /^\/(?:[\w\-.~!$&'()*+,=:@]+\/)*[\w\-.~!$&'()*+,=:@]*$/;

/**
 * Finds out without a router that a URL matches no exempt route. It may take a URL for exempt that is not, but never the other
 * way round: patterns are cut at the first segment that is not literal, and a URL that is not plain may match any route.
 */
export class ExemptPaths {
  /** In lower case; null if any path may be exempt. */
  readonly #prefixes: PathPrefixes | null;

  /** @param patterns of the exempt routes, as they were registered. */
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

/** The literal beginning of a pattern; null if there is none. */
function literalPrefix(pattern: unknown): string | null {
  if (typeof pattern !== 'string' || !pattern.startsWith('/')) return null;
  // In `/items{/:id}` a segment ends where the optional part begins.
  const segments = pattern.toLowerCase().replaceAll('{/', '/{').split('/').filter(Boolean);
  const end = segments.findIndex((segment) => !LITERAL.test(segment));
  if (end === 0) return null;
  return `/${(end === -1 ? segments : segments.slice(0, end)).join('/')}`;
}
