import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const MAPPED_PREFIX = '::ffff:';
const MAPPED_BITS = 96;

/** A `number` for IPv4, a `bigint` for IPv6: no range of one family covers the other. */
type AddressNumber = number | bigint;

/** From the first to the last address, both included. */
interface RangeOf<T extends AddressNumber> {
  readonly first: T;
  readonly last: T;
}

export type AddressRange = RangeOf<number> | RangeOf<bigint>;

interface Address {
  readonly number: AddressNumber;
  /** Written as IPv6 (`::ffff:10.0.0.5`), so that a prefix length counts 96 bits more. */
  readonly mapped: boolean;
}

/**
 * An address as a number; null if the text is not an address. `::ffff:10.0.0.5` is 10.0.0.5; a zone (`fe80::1%eth0`) is
 * ignored; `010.0.0.5` is not an address, since programs do not agree whether it is 8.0.0.5 or 10.0.0.5.
 */
function parseAddress(text: string): Address | null {
  // A socket that is open for both families writes IPv4 in this way.
  const isMapped = text.startsWith(MAPPED_PREFIX);
  const dotted = isMapped ? text.slice(MAPPED_PREFIX.length) : text;
  if (isIPv4(dotted)) return { number: ipv4Number(dotted), mapped: isMapped };
  if (!isIPv6(text)) return null;
  // ipaddr.js takes `::10.0.0.5` for a mapped address, but reads `0::10.0.0.5` as ::a00:5, which both are.
  const address = ipaddr.IPv6.parse((text.split('%', 1)[0] ?? text).replace(/^::(?=\d+\.)/, '0::'));
  return address.isIPv4MappedAddress()
    ? { number: ipv4Number(address.toIPv4Address().toString()), mapped: true }
    : { number: address.parts.reduce((number, part) => (number << 16n) | BigInt(part), 0n), mapped: false };
}

function ipv4Number(dotted: string): number {
  return dotted.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

/** The range of an address or a CIDR notation; null for other text. Bits after the prefix do not count. */
export function parseAddressRange(text: string): AddressRange | null {
  const [, address = '', length] = /^([^/%]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const { number, mapped } = parsed;
  const bits = typeof number === 'number' ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length) - (mapped ? MAPPED_BITS : 0);
  return prefix < 0 || prefix > bits ? null : rangeAround(number, bits - prefix);
}

/** @param free how many of the last bits differ within the range. */
function rangeAround(number: AddressNumber, free: number): AddressRange {
  if (typeof number === 'number') {
    const size = 2 ** free;
    const first = number - (number % size);
    return { first, last: first + size - 1 };
  }
  const size = 1n << BigInt(free);
  const first = number - (number % size);
  return { first, last: first + size - 1n };
}

/** Many ranges with a binary search: ten thousand cost a few steps more than ten. */
export class AddressRanges {
  readonly #ipv4: readonly RangeOf<number>[];
  readonly #ipv6: readonly RangeOf<bigint>[];

  constructor(ranges: readonly AddressRange[]) {
    this.#ipv4 = merged(ranges.filter(isIpv4));
    this.#ipv6 = merged(ranges.filter((range): range is RangeOf<bigint> => !isIpv4(range)));
  }

  /** Whether the text is an address in one of the ranges. */
  has(address: string): boolean {
    const number = parseAddress(address)?.number;
    if (number === undefined) return false;
    return typeof number === 'number' ? covers(this.#ipv4, number) : covers(this.#ipv6, number);
  }
}

function isIpv4(range: AddressRange): range is RangeOf<number> {
  return typeof range.first === 'number';
}

function covers<T extends AddressNumber>(ranges: readonly RangeOf<T>[], number: T): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (number < range.first) high = middle - 1;
    else if (number > range.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Sorted and without overlaps, as the binary search needs it. */
function merged<T extends AddressNumber>(ranges: readonly RangeOf<T>[]): RangeOf<T>[] {
  const result: RangeOf<T>[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const last = result.at(-1);
    if (last === undefined || range.first > last.last) result.push(range);
    else if (range.last > last.last) result[result.length - 1] = { first: last.first, last: range.last };
  }
  return result;
}

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
