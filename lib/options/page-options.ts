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
