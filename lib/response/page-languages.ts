import type { PageTexts } from '../options/page-options.js';
import { OTHER_LANGUAGES } from './languages/all-languages.js';
import { LanguageLookup } from './language-lookup.js';
import { en } from './languages/en.js';

/** A language that the page has. */
export interface PageLanguage {
  /** RFC 5646. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly texts: PageTexts;
}

const RIGHT_TO_LEFT = /^(?:ar|arc|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)$/;
const RIGHT_TO_LEFT_SCRIPT = /^(?:adlm|arab|hebr|nkoo|rohg|syrc|thaa)$/;

/** The languages of the page: the built-in ones, and those of `response.page.messages`. */
export class PageLanguages {
  /** By tag in lower case. */
  readonly #languages = new Map<string, PageLanguage>();
  readonly #lookup: LanguageLookup<PageLanguage>;
  readonly default: PageLanguage;

  constructor(messages: ReadonlyMap<string, Partial<PageTexts>> = new Map()) {
    this.default = this.#add('en', { ...en, ...messages.get('en') });
    this.#lookup = new LanguageLookup(this.#languages, this.default);
    for (const [tag, texts] of Object.entries(OTHER_LANGUAGES)) this.#add(tag, texts);
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

function directionOf(tag: string): PageLanguage['direction'] {
  const [language = '', ...subtags] = tag.toLowerCase().split('-');
  const script = subtags.find((subtag) => subtag.length === 4 && /^[a-z]+$/.test(subtag));
  const isRightToLeft =
    script === undefined ? RIGHT_TO_LEFT.test(language) : RIGHT_TO_LEFT_SCRIPT.test(script);
  return isRightToLeft ? 'rtl' : 'ltr';
}
