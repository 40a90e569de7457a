import { ALIASES } from './languages/all-languages.js';
import { KnownHeaders, weightedList } from './weighted-list.js';

/** A client may send any header: what nobody needs would only take time. */
const LANGUAGE_RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z\d]{1,8}){0,8})$/;
const MAX_RANGES = 50;

/** Chooses what is there in several languages by `Accept-Language` (RFC 9110 section 12.5.4). */
export class LanguageLookup<T> {
  readonly #chosen = new KnownHeaders((header) => this.#choose(header));

  /**
   * @param byTag by language tag in lower case.
   * @param otherwise for clients that take none of these languages, or any.
   */
  constructor(
    private readonly byTag: ReadonlyMap<string, T>,
    private readonly otherwise: T,
  ) {}

  /** What suits a client with this `Accept-Language` header. */
  choose(header: string | undefined): T {
    return header === undefined ? this.otherwise : this.#chosen.get(header);
  }

  /**
   * What there is for a range, by look-up (RFC 4647 section 3.4): without its last subtags, until there is something. Undefined
   * if there is nothing.
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
