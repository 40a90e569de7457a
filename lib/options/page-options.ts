import {
  type Check,
  describe,
  InvalidValue,
  is,
  languageTag,
  listOf,
  mapOf,
  object,
  required,
  string,
} from '../validation/values.js';

/** A link that the page shows. @publicApi */
export interface PageLink {
  readonly text: string;
  /** An http, https, mailto or tel URL, or a path such as `/status`. */
  readonly href: string;
}

/**
 * The texts of the page and of the announcement, in one language. `{product}` and `{time}` stand for values; `{time}` must be
 * there where a default has it.
 *
 * @publicApi
 */
export interface PageTexts {
  /** Title and heading. */
  readonly heading: string;
  /** Title and heading with `response.page.product`, as `{product}`. */
  readonly headingOf: string;
  /** Title and heading in read-only mode. */
  readonly readOnlyHeading: string;
  readonly readOnlyHeadingOf: string;
  /** Shown if there is no reason. */
  readonly body: string;
  readonly readOnlyBody: string;
  /** When it ends, as `{time}`. */
  readonly until: string;
  /** Stands before the number of a relative time: "in about 25 minutes". */
  readonly about: string;
  /** Shown when the end has passed. */
  readonly overdue: string;
  /** Shown while the page waits to come back by itself. */
  readonly reloads: string;
  /** Shown instead of `reloads` if there is no JavaScript. */
  readonly reload: string;
  /** Shown for requests that may have sent something, and in read-only mode. */
  readonly notSaved: string;
  /** Stands before `response.page.contact`. */
  readonly contact: string;
  /** The announcement: from when to when, as `{time}`. */
  readonly planned: string;
  /** Behind it, if the window is read-only. */
  readonly plannedReadOnly: string;
  /** The name of the button that hides the announcement. */
  readonly dismiss: string;
}

/** What the built-in page shows of the application. @publicApi */
export interface PageOptions {
  /** The name of the application, for title and heading. At most 100 characters. */
  readonly product?: string;
  /**
   * The path of an SVG, PNG, JPEG, WebP or GIF file of at most 64 kB, which becomes part of the page. It is read once, at
   * boot; a relative path starts at the working directory of the process.
   */
  readonly logo?: string;
  /**
   * `#rgb` or `#rrggbb`, with a contrast of at least 3:1 to white (WCAG 2.2, 1.4.11). In dark mode a lighter shade is used.
   * Default: an amber.
   */
  readonly accentColor?: string;
  /** Where visitors can ask. */
  readonly contact?: PageLink;
  /** At most ten. */
  readonly links?: readonly PageLink[];
  /**
   * Texts by language tag (RFC 5646), such as `de` or `pt-BR`. They replace those of a language that the page has, or add
   * one. A text that is missing comes from the more general language (`pt` for `pt-BR`), else it is English.
   */
  readonly messages?: Readonly<Record<string, Partial<PageTexts>>>;
}

/** Sources by directive (Content Security Policy Level 3). @publicApi */
export type PolicySources = Readonly<Record<string, readonly string[]>>;

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

/** Red, green and blue, each from 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** A color of the form `#rgb` or `#rrggbb`; null if it is none. */
export function parseColor(color: string): Color | null {
  if (!/^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(color)) return null;
  const digits = color.length === 4 ? color.replaceAll(/[\da-f]/gi, '$&$&') : color;
  const part = (start: number): number => Number.parseInt(digits.slice(start, start + 2), 16);
  return [part(1), part(3), part(5)];
}

/** `#rrggbb` */
export function hexOf(color: Color): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** A mixture of two colors; `share` is that of the second, from 0 to 1. */
export function mixed(one: Color, other: Color, share: number): Color {
  const mix = (index: 0 | 1 | 2): number => one[index] + (other[index] - one[index]) * share;
  return [mix(0), mix(1), mix(2)];
}

/** The contrast of two colors, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Color, other: Color): number {
  const lighter = Math.max(luminance(one), luminance(other));
  const darker = Math.min(luminance(one), luminance(other));
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance([red, green, blue]: Color): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  return value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
}
