import {
  type Check,
  describe,
  InvalidValue,
  is,
  listOf,
  mapOf,
  object,
  required,
  string,
} from '../validation/check.js';
import type { PageLink, PageTexts } from './page-options.js';
import { languageTag } from '../validation/language-tags.js';
import { contrast, parseColor } from '../validation/colors.js';

const text = (max: number): Check<string> =>
  is(
    `a text of 1 to ${max} characters, without control characters`,
    (value): value is string =>
      typeof value === 'string' && value.trim() !== '' && value.length <= max && !/\p{Cc}/u.test(value),
  );

const LINK_SCHEMES = ['http:', 'https:', 'mailto:', 'tel:'];

/** Other schemes, such as `javascript:`, could run code or lead nowhere. */
const href = is(
  'an http, https, mailto or tel URL, or a path such as "/status"',
  (value): value is string => {
    if (typeof value !== 'string' || !/^[\x21-\x5b\x5d-\x7e]+$/.test(value)) return false;
    if (value.startsWith('/')) return !value.startsWith('//');
    return URL.canParse(value) && LINK_SCHEMES.includes(new URL(value).protocol);
  },
);

const link: Check<PageLink> = (value, path) => {
  const given = object({ text: text(200), href })(value, path);
  return {
    text: required(given.text, `${path}.text`, 'a text'),
    href: required(given.href, `${path}.href`, 'a URL or a path'),
  };
};

const MAX_LINKS = 10;

const links: Check<readonly PageLink[]> = (value, path) => {
  const given = listOf(link)(value, path);
  if (given.length <= MAX_LINKS) return given;
  throw new InvalidValue(path, `at most ${MAX_LINKS} links`, String(given.length));
};

const MIN_CONTRAST = 3;
const WHITE = [255, 255, 255] as const;

const accentColor: Check<string> = (value, path) => {
  const color = typeof value === 'string' ? parseColor(value) : null;
  if (color === null) throw new InvalidValue(path, 'a color such as "#b45309"', describe(value));
  const ratio = contrast(color, WHITE);
  if (ratio >= MIN_CONTRAST) return value as string;
  throw new InvalidValue(
    path,
    `a color with a contrast of at least ${MIN_CONTRAST}:1 to white (WCAG 2.2, 1.4.11)`,
    // Rounded down: 2.99 must not read as 3.
    `${describe(value)} with ${Math.floor(ratio * 100) / 100}:1`,
  );
};

const containing =
  (placeholder: string): Check<string> =>
  (value, path) => {
    const given = text(1000)(value, path);
    if (given.includes(placeholder)) return given;
    throw new InvalidValue(path, `a text that contains ${placeholder}`, describe(given));
  };

const plain = text(1000);

const texts = object({
  heading: plain,
  headingOf: containing('{product}'),
  readOnlyHeading: plain,
  readOnlyHeadingOf: containing('{product}'),
  body: plain,
  readOnlyBody: plain,
  until: containing('{time}'),
  about: plain,
  overdue: plain,
  reloads: plain,
  reload: plain,
  notSaved: plain,
  contact: plain,
  planned: containing('{time}'),
  plannedReadOnly: plain,
  dismiss: plain,
} satisfies Record<keyof PageTexts, Check<string>>);

const MAX_LANGUAGES = 100;

const messages: Check<ReadonlyMap<string, Partial<PageTexts>>> = (value, path) => {
  const given = mapOf(languageTag, texts)(value, path);
  if (given.size <= MAX_LANGUAGES) return given;
  throw new InvalidValue(path, `at most ${MAX_LANGUAGES} languages`, String(given.size));
};

/** `response.page`. The logo is read later. */
export const page = object({
  product: text(100),
  logo: string({ min: 1 }),
  accentColor,
  contact: link,
  links,
  messages,
});

const directive = is(
  'the name of a directive, such as "img-src"',
  (value): value is string => typeof value === 'string' && /^[a-z]+(?:-[a-z]+)*$/.test(value),
);

const source = is(
  'a source such as "https://cdn.example", without spaces, commas and semicolons',
  (value): value is string => typeof value === 'string' && /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(value),
);

/** `response.contentSecurityPolicy` */
export const policySources: Check<ReadonlyMap<string, readonly string[]>> = mapOf(directive, listOf(source));

/** `response.problemType`: RFC 9457 section 3.1.1 recommends absolute URIs. */
export const problemType = is(
  'an absolute URI such as "https://shop.example/problems/maintenance"',
  (value): value is string =>
    typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && URL.canParse(value),
);
