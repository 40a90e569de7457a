import { KnownHeaders, weightedList } from './weighted-list.js';

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

/** RFC 9110 section 12.5.1. Malformed parts are ignored. */
function parseAccept(accept: string): MediaRange[] {
  return weightedList(accept).flatMap(({ value, quality }) =>
    MEDIA_RANGE.test(value) ? [{ type: value, quality }] : [],
  );
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

const known = new KnownHeaders(read);

/** The formats for a client with this `Accept` header, or without one. */
export function wantedFormats(accept = '*/*'): WantedFormats {
  return known.get(accept);
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
