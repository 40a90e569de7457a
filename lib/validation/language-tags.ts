import { type Check, describe, InvalidValue } from './check.js';

/** A language tag (RFC 5646), in its canonical form. */
export const languageTag: Check<string> = (value, path) => {
  try {
    const [tag] = Intl.getCanonicalLocales(value as string);
    if (tag !== undefined) return tag;
  } catch {
    // It is no language tag.
  }
  throw new InvalidValue(path, 'a language tag such as "de" or "pt-BR"', describe(value));
};
