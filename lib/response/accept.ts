/** The formats of a maintenance response. */
export type Format = 'html' | 'problem+json' | 'json';

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

const HTML_TYPES = ['text/html', 'application/xhtml+xml'];
const PROBLEM_TYPE = 'application/problem+json';
const JSON_TYPE = 'application/json';

/** RFC 9110 section 12.5.1, of tokens (section 5.6.2). */
const MEDIA_RANGE = /^[!#$%&'*+\-.^_`|~\da-z]+\/[!#$%&'*+\-.^_`|~\da-z]+$/;

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

/** RFC 9110 section 12.5.1. Malformed parts are ignored. */
function parseAccept(accept: string): MediaRange[] {
  return split(accept, ',').flatMap((part) => {
    const [type = '', ...parameters] = split(part.toLowerCase(), ';');
    const weight = parameters
      .map((parameter) => /^q\s*=\s*(.*)$/.exec(parameter)?.[1])
      .find((q) => q !== undefined);
    const quality =
      weight === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
    return MEDIA_RANGE.test(type) ? [{ type, quality }] : [];
  });
}

/** The quality of a type by the most specific range that matches; undefined if none does. */
function qualityOf(ranges: readonly MediaRange[], type: string): number | undefined {
  const wildcards = [`${type.split('/')[0]}/*`, '*/*'];
  for (const candidate of [type, ...wildcards]) {
    const range = ranges.find((item) => item.type === candidate);
    if (range) return range.quality;
  }
  return undefined;
}

/** The formats that an `Accept` header selects. */
export interface WantedFormats {
  /**
   * HTML only if the client names it and prefers it (a client that accepts anything is no browser), else problem details
   * (RFC 9457), or plain JSON if it accepts that and not problem details.
   */
  readonly any: Format;
  /** Problem details, or plain JSON if the client accepts that and not problem details. */
  readonly json: 'problem+json' | 'json';
}

/** Parsed headers. Clients send few different ones, but may send any, so the size is bounded. */
const known = new Map<string, WantedFormats>();
const MAX_KNOWN = 200;
const MAX_KNOWN_LENGTH = 400;

/** The formats for a client with this `Accept` header, or without one. */
export function wantedFormats(accept = '*/*'): WantedFormats {
  let wanted = known.get(accept);
  if (!wanted) {
    wanted = read(accept);
    if (known.size === MAX_KNOWN) known.clear();
    if (accept.length <= MAX_KNOWN_LENGTH) known.set(accept, wanted);
  }
  return wanted;
}

function read(accept: string): WantedFormats {
  const ranges = parseAccept(accept);
  const takes = (type: string): boolean => (qualityOf(ranges, type) ?? 0) > 0;
  const json = takes(JSON_TYPE) && !takes(PROBLEM_TYPE) ? 'json' : 'problem+json';
  return { any: prefersHtml(ranges) ? 'html' : json, json };
}

function prefersHtml(ranges: readonly MediaRange[]): boolean {
  const named = ranges.filter(({ type }) => HTML_TYPES.includes(type));
  const html = Math.max(0, ...named.map(({ quality }) => quality));
  if (html === 0) return false;
  const json = Math.max(qualityOf(ranges, PROBLEM_TYPE) ?? 0, qualityOf(ranges, JSON_TYPE) ?? 0);
  if (html !== json) return html > json;
  // Equal: a named type wins over a wildcard, and of two named types the first.
  const firstNamed = ranges.find(({ type }) => [...HTML_TYPES, PROBLEM_TYPE, JSON_TYPE].includes(type));
  return firstNamed !== undefined && HTML_TYPES.includes(firstNamed.type);
}
