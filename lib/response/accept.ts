/** The formats that an `Accept` header selects. */
export interface WantedFormats {
  /**
   * HTML only if the client names it and prefers it (a client that accepts anything is no browser), else problem details
   * (RFC 9457), or plain JSON if it accepts that and not problem details.
   */
  readonly any: 'html' | 'problem+json' | 'json';
  /** Problem details, or plain JSON if the client accepts that and not problem details. */
  readonly json: 'problem+json' | 'json';
}

const wanted = remembered(readAccept);

/** The formats for a client with this `Accept` header, or without one. */
export function wantedFormats(accept = '*/*'): WantedFormats {
  return wanted(accept);
}

const HTML_TYPES = ['text/html', 'application/xhtml+xml'];
const PROBLEM_TYPE = 'application/problem+json';
const JSON_TYPE = 'application/json';

/** RFC 9110 section 12.5.1, of tokens (section 5.6.2). */
const MEDIA_RANGE = /^[!#$%&'*+\-.^_`|~\da-z]+\/[!#$%&'*+\-.^_`|~\da-z]+$/;

/** Malformed parts are ignored. */
function readAccept(accept: string): WantedFormats {
  const ranges = weightedList(accept).filter(({ value }) => MEDIA_RANGE.test(value));
  const takes = (type: string): boolean => (qualityOf(ranges, type) ?? 0) > 0;
  const json = takes(JSON_TYPE) && !takes(PROBLEM_TYPE) ? 'json' : 'problem+json';
  return { any: prefersHtml(ranges) ? 'html' : json, json };
}

function prefersHtml(ranges: readonly Weighted[]): boolean {
  const named = ranges.filter(({ value }) => HTML_TYPES.includes(value));
  const html = Math.max(0, ...named.map(({ quality }) => quality));
  if (html === 0) return false;
  const json = Math.max(qualityOf(ranges, PROBLEM_TYPE) ?? 0, qualityOf(ranges, JSON_TYPE) ?? 0);
  if (html !== json) return html > json;
  // Equal: a named type wins over a wildcard, and of two named types the first.
  const firstNamed = ranges.find(({ value }) => [...HTML_TYPES, PROBLEM_TYPE, JSON_TYPE].includes(value));
  return firstNamed !== undefined && HTML_TYPES.includes(firstNamed.value);
}

/** The quality of a type by the most specific range that matches; undefined if none does. */
function qualityOf(ranges: readonly Weighted[], type: string): number | undefined {
  const wildcards = [`${type.split('/')[0]}/*`, '*/*'];
  for (const candidate of [type, ...wildcards]) {
    const range = ranges.find(({ value }) => value === candidate);
    if (range) return range.quality;
  }
  return undefined;
}

/** An item of `Accept` or `Accept-Language` in lower case, with its quality value from 0 to 1. */
interface Weighted {
  readonly value: string;
  readonly quality: number;
}

/** The items in their order (RFC 9110 section 12.4.2). An invalid quality value counts as 0. */
export function weightedList(header: string): Weighted[] {
  return split(header, ',').map((part) => {
    const [value = '', ...parameters] = split(part.toLowerCase(), ';');
    const weight = parameters
      .map((parameter) => /^q\s*=\s*(.*)$/.exec(parameter)?.[1])
      .find((q) => q !== undefined);
    const quality =
      weight === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
    return { value, quality };
  });
}

/** The parts between separators outside of quoted strings. A part whose quote is not closed is dropped. */
function split(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  return quoted ? parts : [...parts, text.slice(start).trim()];
}

const MAX_KNOWN = 200;
const MAX_KNOWN_LENGTH = 400;

/**
 * The function, which then reads the same header only once. Clients send few different headers, but may send any, so the number
 * and the length of those that are kept are bounded.
 */
export function remembered<T>(read: (header: string) => T): (header: string) => T {
  const known = new Map<string, T>();
  return (header) => {
    const found = known.get(header);
    if (found !== undefined) return found;
    const result = read(header);
    if (known.size === MAX_KNOWN) known.clear();
    if (header.length <= MAX_KNOWN_LENGTH) known.set(header, result);
    return result;
  };
}
