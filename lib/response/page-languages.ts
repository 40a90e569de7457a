import type { PageTexts } from '../options/page-options.js';
import { ALIASES, OTHER_LANGUAGES } from './languages/all-languages.js';
import { en } from './languages/en.js';
import { KnownHeaders, weightedList } from './weighted-list.js';

/** A language that the page has. */
export interface PageLanguage {
  /** RFC 5646. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly texts: PageTexts;
}

const RIGHT_TO_LEFT = /^(?:ar|arc|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)$/;
const RIGHT_TO_LEFT_SCRIPT = /^(?:adlm|arab|hebr|nkoo|rohg|syrc|thaa)$/;
/** A client may send any header: what nobody needs would only take time. */
const LANGUAGE_RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z\d]{1,8}){0,8})$/;
const MAX_RANGES = 50;

/** The languages of the page: the built-in ones, and those of `response.page.messages`. */
export class PageLanguages {
  /** By tag in lower case. */
  readonly #languages = new Map<string, PageLanguage>();
  readonly #chosen = new KnownHeaders((header) => this.#choose(header));
  readonly default: PageLanguage;

  constructor(messages: ReadonlyMap<string, Partial<PageTexts>> = new Map()) {
    this.default = this.#add('en', { ...en, ...messages.get('en') });
    for (const [tag, texts] of Object.entries(OTHER_LANGUAGES)) this.#add(tag, texts);
    // The more general ones first, since others inherit from them.
    for (const [tag, texts] of [...messages].toSorted(([a], [b]) => a.length - b.length)) {
      this.#add(tag, { ...(this.lookUp(tag) ?? this.default).texts, ...texts });
    }
  }

  /** The language for a client with this `Accept-Language` header (RFC 9110 section 12.5.4). */
  choose(header: string | undefined): PageLanguage {
    return header === undefined ? this.default : this.#chosen.get(header);
  }

  /**
   * The language for a range, by look-up (RFC 4647 section 3.4): without its last subtags, until there is one. Undefined if
   * there is none.
   *
   * @param isAllowed whether the client accepts a tag in lower case.
   */
  lookUp(range: string, isAllowed: (tag: string) => boolean = () => true): PageLanguage | undefined {
    let rest = range.toLowerCase();
    while (rest !== '') {
      const language = this.#languages.get(rest) ?? this.#languages.get((ALIASES[rest] ?? '').toLowerCase());
      if (language && isAllowed(rest)) return language;
      // A single character, such as the `x` of private use, goes with what follows it.
      rest = rest.replace(/(?:-[a-z\d])?-[a-z\d]+$|^[a-z\d]+$/, '');
    }
    return undefined;
  }

  #add(tag: string, texts: PageTexts): PageLanguage {
    const language = { tag, direction: directionOf(tag), texts };
    this.#languages.set(tag.toLowerCase(), language);
    return language;
  }

  #choose(header: string): PageLanguage {
    const ranges = weightedList(header)
      .filter(({ value }) => LANGUAGE_RANGE.test(value))
      .slice(0, MAX_RANGES);
    const refused = ranges.filter(({ quality }) => quality === 0).map(({ value }) => value);
    const isAllowed = (tag: string): boolean =>
      !refused.some((range) => tag === range || tag.startsWith(`${range}-`));
    const wanted = ranges.filter(({ quality }) => quality > 0).toSorted((a, b) => b.quality - a.quality);
    for (const { value } of wanted) {
      const language = value === '*' ? this.#first(isAllowed) : this.lookUp(value, isAllowed);
      if (language) return language;
    }
    return this.default;
  }

  /** The default language, or another one if the client refuses it. */
  #first(isAllowed: (tag: string) => boolean): PageLanguage | undefined {
    const tag = [...this.#languages.keys()].find(isAllowed);
    return tag === undefined ? undefined : this.#languages.get(tag);
  }
}

function directionOf(tag: string): PageLanguage['direction'] {
  const [language = '', ...subtags] = tag.toLowerCase().split('-');
  const script = subtags.find((subtag) => subtag.length === 4 && /^[a-z]+$/.test(subtag));
  const isRightToLeft =
    script === undefined ? RIGHT_TO_LEFT.test(language) : RIGHT_TO_LEFT_SCRIPT.test(script);
  return isRightToLeft ? 'rtl' : 'ltr';
}
