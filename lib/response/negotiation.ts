import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import type { PageTexts } from '../options/page-options.js';
import { defaultLanguageOf, type KeptReason } from '../state/maintenance-record.js';
import { PAGE_TEXTS } from './page-texts.js';

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

const formats = remembered(readAccept);

/** The formats for a client with this `Accept` header, or without one. */
export function wantedFormats(accept = '*/*'): WantedFormats {
  return formats(accept);
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
function weightedList(header: string): Weighted[] {
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
function remembered<T>(read: (header: string) => T): (header: string) => T {
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

/** A language that the page has. */
export interface PageLanguage {
  /** RFC 5646. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly texts: PageTexts;
}

/** The languages of the page: the built-in ones, and those of `response.page.messages`. */
export class PageLanguages {
  /** By tag in lower case. */
  readonly #languages = new Map<string, PageLanguage>();
  readonly #lookup: LanguageLookup<PageLanguage>;
  readonly default: PageLanguage;

  constructor(messages: ReadonlyMap<string, Partial<PageTexts>> = new Map()) {
    const { en, ...others } = PAGE_TEXTS;
    this.default = this.#add('en', { ...en, ...messages.get('en') });
    this.#lookup = new LanguageLookup(this.#languages, this.default);
    for (const [tag, texts] of Object.entries(others)) this.#add(tag, texts);
    // The more general ones first, since others inherit from them.
    for (const [tag, texts] of [...messages].toSorted(([a], [b]) => a.length - b.length)) {
      this.#add(tag, { ...(this.lookUp(tag) ?? this.default).texts, ...texts });
    }
  }

  /** The language for a client with this `Accept-Language` header (RFC 9110 section 12.5.4). */
  choose(header: string | undefined): PageLanguage {
    return this.#lookup.choose(header);
  }

  /** The language for a range, by look-up (RFC 4647 section 3.4). Undefined if there is none. */
  lookUp(range: string): PageLanguage | undefined {
    return this.#lookup.lookUp(range);
  }

  #add(tag: string, texts: PageTexts): PageLanguage {
    const language = { tag, direction: directionOf(tag), texts };
    this.#languages.set(tag.toLowerCase(), language);
    return language;
  }
}

const RIGHT_TO_LEFT = /^(?:ar|arc|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)$/;
const RIGHT_TO_LEFT_SCRIPT = /^(?:adlm|arab|hebr|nkoo|rohg|syrc|thaa)$/;

function directionOf(tag: string): PageLanguage['direction'] {
  const [language = '', ...subtags] = tag.toLowerCase().split('-');
  const script = subtags.find((subtag) => subtag.length === 4 && /^[a-z]+$/.test(subtag));
  const isRightToLeft =
    script === undefined ? RIGHT_TO_LEFT.test(language) : RIGHT_TO_LEFT_SCRIPT.test(script);
  return isRightToLeft ? 'rtl' : 'ltr';
}

/** A reason as one client gets it. */
export interface ChosenReason {
  readonly text: string | null;
  /** RFC 5646; undefined if it is the same text for all languages. */
  readonly language: string | undefined;
}

const lookups = new WeakMap<MaintenanceReasons, LanguageLookup<ChosenReason>>();

/** The reason for a client with this `Accept-Language` header. */
export function reasonFor({ reason, reasons }: KeptReason, acceptLanguage: string | undefined): ChosenReason {
  if (reasons === null) return { text: reason, language: undefined };
  let lookup = lookups.get(reasons);
  if (!lookup) lookups.set(reasons, (lookup = lookupIn(reasons)));
  return lookup.choose(acceptLanguage);
}

function lookupIn(reasons: MaintenanceReasons): LanguageLookup<ChosenReason> {
  const first = defaultLanguageOf(reasons);
  const otherwise: ChosenReason = { text: reasons[first] ?? null, language: first };
  const others = Object.entries(reasons).map(([language, text]) => ({ language, text }));
  const byTag = new Map([otherwise, ...others].map((item) => [(item.language ?? first).toLowerCase(), item]));
  return new LanguageLookup<ChosenReason>(byTag, otherwise);
}

/** Tags that clients send for a language that the page has under another tag. */
const ALIASES: Readonly<Record<string, string>> = {
  iw: 'he',
  nn: 'nb',
  no: 'nb',
  zh: 'zh-Hans',
  'zh-hk': 'zh-Hant',
  'zh-mo': 'zh-Hant',
  'zh-tw': 'zh-Hant',
};

/** A client may send any header, and reading a long one takes time. */
const LANGUAGE_RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z\d]{1,8}){0,8})$/;
const MAX_RANGES = 50;

/** Chooses one of several languages by `Accept-Language` (RFC 9110 section 12.5.4). */
class LanguageLookup<T> {
  readonly #chosen = remembered((header) => this.#choose(header));

  /**
   * @param byTag by language tag in lower case.
   * @param otherwise for clients that take none of these languages, or name none.
   */
  constructor(
    private readonly byTag: ReadonlyMap<string, T>,
    private readonly otherwise: T,
  ) {}

  /** The choice for a client with this `Accept-Language` header. */
  choose(header: string | undefined): T {
    return header === undefined ? this.otherwise : this.#chosen(header);
  }

  /**
   * The choice for a range, by look-up (RFC 4647 section 3.4): last subtags are removed until a language is found. Undefined if
   * none is.
   *
   * @param isAllowed whether the client accepts a tag in lower case.
   */
  lookUp(range: string, isAllowed: (tag: string) => boolean = () => true): T | undefined {
    let rest = range.toLowerCase();
    while (rest !== '') {
      const found = this.byTag.get(rest) ?? this.byTag.get((ALIASES[rest] ?? '').toLowerCase());
      if (found !== undefined && isAllowed(rest)) return found;
      // A single character, such as the `x` of private use, goes with what follows it.
      rest = rest.replace(/(?:-[a-z\d])?-[a-z\d]+$|^[a-z\d]+$/, '');
    }
    return undefined;
  }

  #choose(header: string): T {
    const ranges = weightedList(header)
      .filter(({ value }) => LANGUAGE_RANGE.test(value))
      .slice(0, MAX_RANGES);
    const refused = ranges.filter(({ quality }) => quality === 0).map(({ value }) => value);
    const isAllowed = (tag: string): boolean =>
      !refused.some((range) => tag === range || tag.startsWith(`${range}-`));
    const wanted = ranges.filter(({ quality }) => quality > 0).toSorted((a, b) => b.quality - a.quality);
    for (const { value } of wanted) {
      const found = value === '*' ? this.#first(isAllowed) : this.lookUp(value, isAllowed);
      if (found !== undefined) return found;
    }
    return this.otherwise;
  }

  /** The first of the map, or another one if the client refuses its language. */
  #first(isAllowed: (tag: string) => boolean): T | undefined {
    const tag = [...this.byTag.keys()].find(isAllowed);
    return tag === undefined ? undefined : this.byTag.get(tag);
  }
}
