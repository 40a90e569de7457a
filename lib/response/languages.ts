import type { MaintenanceReasons } from '../interfaces/maintenance-status.js';
import type { PageTexts } from '../options/page-options.js';
import { defaultLanguageOf, type KeptReason } from '../state/reasons.js';
import { remembered, weightedList } from './accept.js';
import { PAGE_TEXTS } from './page-texts.js';

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
