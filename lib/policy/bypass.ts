import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { Activation, CurrentState } from '../state/current-state.js';
import type { ValidSecret } from '../state/changes.js';
import type { Exemption } from './exemptions.js';

const HEADER = 'maintenance-bypass';
/** The tolerated difference between the clocks of two instances. */
const CLOCK_SKEW_MS = 60_000;

/** A secret that is valid now, for at least one scope. */
interface Secret {
  readonly digest: Buffer;
  /** Signs the cookies, which are not valid any more once the secret is not. */
  readonly key: Buffer;
  /** Whether it lets clients through what blocks this scope. */
  readonly covers: (scope: string | null) => boolean;
}

/**
 * Lets clients through that send a secret in a header, or a signed cookie that the bypass route sets. Secrets are that of the
 * options, and those that were issued, which are only valid for the maintenance that they were issued for.
 */
export class Bypass implements Exemption {
  readonly name = 'bypass';
  /** The secrets that are valid, for the list of issued ones that they were made from. */
  #valid: { readonly issued: readonly ValidSecret[]; readonly secrets: readonly Secret[] } | undefined;

  constructor(
    private readonly options: ResolvedOptions['bypass'],
    private readonly state: CurrentState,
  ) {}

  covers(facts: RequestFacts, { scope }: { scope: string | null }): boolean {
    const { [HEADER]: secret, cookie } = facts.headers;
    if (secret !== undefined && this.#sent(facts)?.covers(scope) === true) return true;
    // `secure` is read only if it matters: the adapter computes it, by its proxy settings.
    if (cookie === undefined || !cookie.includes(`${this.options.cookieName}=`)) return false;
    const value = cookieValue(cookie, this.#cookieName(facts.secure));
    return value !== null && this.#isSigned(value, scope);
  }

  /** Whether the request has a secret in the header `Maintenance-Bypass`, for any scope. */
  hasSecret(facts: RequestFacts): boolean {
    return this.#sent(facts) !== undefined;
  }

  /**
   * A `Set-Cookie` value for a client that knows a secret; valid until maintenance becomes active again, and for
   * what the secret is valid for. Null if the text is no secret that is valid now; compares in constant time.
   */
  cookieFor(text: string, { secure }: RequestFacts): string | null {
    const secret = this.#find(Buffer.from(text, 'utf8'));
    if (secret === undefined) return null;
    const issuedAt = Date.now();
    const value = `${issuedAt}.${sign(secret.key, issuedAt, this.state.activation(null))}`;
    const attributes = `Path=/; Max-Age=${this.options.maxAgeSeconds}; HttpOnly; SameSite=Lax`;
    return `${this.#cookieName(secure)}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
  }

  #sent({ headers }: RequestFacts): Secret | undefined {
    const value = headers[HEADER];
    // Node reads header bytes as Latin-1.
    return typeof value === 'string' ? this.#find(Buffer.from(value, 'latin1')) : undefined;
  }

  #isSigned(value: string, scope: string | null): boolean {
    const [, issued, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(value) ?? [];
    if (issued === undefined || signature === undefined) return false;
    const issuedAt = Number(issued);
    const age = Date.now() - issuedAt;
    const activation = this.state.activation(scope);
    return (
      age >= -CLOCK_SKEW_MS &&
      age < this.options.maxAgeSeconds * 1000 &&
      issuedAt >= activation.since &&
      this.#secrets().some(
        ({ key, covers }) =>
          covers(scope) && isEqual(Buffer.from(signature), Buffer.from(sign(key, issuedAt, activation))),
      )
    );
  }

  #find(candidate: Buffer): Secret | undefined {
    const candidateDigest = digest(candidate);
    return this.#secrets().find((secret) => isEqual(secret.digest, candidateDigest));
  }

  #secrets(): readonly Secret[] {
    const issued = this.state.issuedSecrets();
    if (this.#valid?.issued !== issued) {
      const { secret } = this.options;
      const configured = secret === undefined ? [] : [configuredSecret(secret)];
      this.#valid = { issued, secrets: [...configured, ...issued.map(issuedSecret)] };
    }
    return this.#valid.secrets;
  }

  /** The prefix `__Host-` keeps other hosts of the domain from setting it, and needs HTTPS. */
  #cookieName(secure: boolean): string {
    return secure ? `__Host-${this.options.cookieName}` : this.options.cookieName;
  }
}

function configuredSecret(secret: string): Secret {
  const key = Buffer.from(secret, 'utf8');
  return { digest: digest(key), key, covers: () => true };
}

/** Only its hash is known. It is stored in the record, as the key that signs confirm tokens. */
function issuedSecret({ hash, covers }: ValidSecret): Secret {
  return { digest: Buffer.from(hash, 'base64url'), key: Buffer.from(hash), covers };
}

/** Null if there is none, or more than one: then one of them was set by another site of the domain. */
function cookieValue(header: string, name: string): string | null {
  const prefix = `${name}=`;
  const cookies = header.split(';').map((cookie) => cookie.trim());
  const [cookie, ...others] = cookies.filter((candidate) => candidate.startsWith(prefix));
  return cookie === undefined || others.length > 0 ? null : cookie.slice(prefix.length);
}

function sign(key: Buffer, issuedAt: number, { id }: Activation): string {
  return createHmac('sha256', key)
    .update(`nestjs-maintenance-mode bypass\n${issuedAt}\n${id}`)
    .digest('base64url');
}

/** Digests have the same length, so the time of a comparison does not show the length of the secret. */
function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
