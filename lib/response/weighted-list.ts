/** An item of `Accept` or `Accept-Language` in lower case, with its quality value from 0 to 1. */
export interface Weighted {
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

/**
 * Remembers what was read from a header. Clients send few different ones, but may send any, so their number and length are
 * bounded.
 */
export class KnownHeaders<T> {
  readonly #known = new Map<string, T>();

  constructor(private readonly read: (header: string) => T) {}

  get(header: string): T {
    const known = this.#known.get(header);
    if (known !== undefined) return known;
    const result = this.read(header);
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    if (header.length <= MAX_KNOWN_LENGTH) this.#known.set(header, result);
    return result;
  }
}

const MAX_KNOWN = 200;
const MAX_KNOWN_LENGTH = 400;
