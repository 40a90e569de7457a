import type { RequestFacts } from '../interfaces/request-facts.js';

/** Where pages are redirected to. */
export class RedirectTarget {
  /** Null for a path: that is exempt from maintenance, and never redirects to itself. */
  readonly #absolute: URL | null;

  constructor(redirectUrl: string) {
    this.#absolute = redirectUrl.startsWith('/') ? null : new URL(redirectUrl);
  }

  /**
   * Whether a request asks for the target already, so that redirecting it would never end: by host and path. The scheme
   * does not count: a proxy in front may have ended the encryption.
   */
  isAskedFor({ url, host }: RequestFacts): boolean {
    if (this.#absolute === null) return false;
    const base = `${this.#absolute.protocol}//${host}`;
    if (!URL.canParse(base) || !URL.canParse(url, base)) return false;
    const asked = new URL(url, base);
    return asked.host === this.#absolute.host && asked.pathname === this.#absolute.pathname;
  }
}
