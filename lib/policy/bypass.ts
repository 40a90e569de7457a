import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { Activation, CurrentState } from '../state/current-state.js';
import type { Exemption } from './exemption.js';

const HEADER = 'maintenance-bypass';
/** The tolerated difference between the clocks of two instances. */
const CLOCK_SKEW_MS = 60_000;

/** Lets clients through that send the secret in a header, or a signed cookie that the bypass route sets. */
export class Bypass implements Exemption {
  readonly name = 'bypass';
  readonly #secret: Buffer;

  constructor(
    secret: string,
    private readonly maxAgeSeconds: number,
    private readonly state: CurrentState,
  ) {
    this.#secret = Buffer.from(secret, 'utf8');
  }

  covers(facts: RequestFacts, { scope }: { scope: string | null }): boolean {
    return this.#hasHeader(facts) || this.#hasCookie(facts, this.state.activation(scope));
  }

  /** Whether the text is the secret. Compares in constant time. */
  isSecret(text: string): boolean {
    return this.#isSecret(Buffer.from(text, 'utf8'));
  }

  /** A `Set-Cookie` value for the client; valid until maintenance becomes active again. */
  setCookie({ secure }: RequestFacts): string {
    const issuedAt = Date.now();
    const value = `${issuedAt}.${this.#sign(issuedAt, this.state.activation(null).id)}`;
    const attributes = `Path=/; Max-Age=${this.maxAgeSeconds}; HttpOnly; SameSite=Lax`;
    return `${cookieName(secure)}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
  }

  #hasHeader({ headers }: RequestFacts): boolean {
    const value = headers[HEADER];
    // Node reads header bytes as Latin-1.
    return typeof value === 'string' && this.#isSecret(Buffer.from(value, 'latin1'));
  }

  #hasCookie(facts: RequestFacts, activation: Activation): boolean {
    const { cookie: sent } = facts.headers;
    if (sent === undefined) return false;
    const prefix = `${cookieName(facts.secure)}=`;
    const cookies = sent.split(';').map((cookie) => cookie.trim());
    const [cookie, ...others] = cookies.filter((candidate) => candidate.startsWith(prefix));
    // Of two cookies with this name, one was set by another site of the domain.
    if (cookie === undefined || others.length > 0) return false;
    const [, issued, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(cookie.slice(prefix.length)) ?? [];
    if (issued === undefined || signature === undefined) return false;
    const issuedAt = Number(issued);
    const age = Date.now() - issuedAt;
    return (
      isEqual(Buffer.from(signature), Buffer.from(this.#sign(issuedAt, activation.id))) &&
      age >= -CLOCK_SKEW_MS &&
      age < this.maxAgeSeconds * 1000 &&
      issuedAt >= activation.since
    );
  }

  #isSecret(candidate: Buffer): boolean {
    return isEqual(digest(candidate), digest(this.#secret));
  }

  #sign(issuedAt: number, activationId: string): string {
    return createHmac('sha256', this.#secret)
      .update(`nestjs-maintenance-mode bypass\n${issuedAt}\n${activationId}`)
      .digest('base64url');
  }
}

/** The prefix `__Host-` keeps other hosts of the domain from setting it, and needs HTTPS. */
function cookieName(secure: boolean): string {
  return secure ? '__Host-maintenance' : 'maintenance';
}

/** Digests have the same length, so the time of a comparison does not show the length of the secret. */
function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
