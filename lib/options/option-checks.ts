import type { MaintenanceStorageProvider } from './maintenance-module-options.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import { type AddressRange, parseAddressRange, unambiguousPath } from '../validation/matchers.js';
import {
  boolean,
  type Check,
  type Checked,
  describe,
  either,
  integer,
  InvalidValue,
  is,
  mapOf,
  MAX_DELAY_MS,
  memberOf,
  object,
  oneOf,
  required,
  secret,
} from '../validation/values.js';

const STATUS_CODES_WITHOUT_BODY = [204, 205, 304];

/** Checks the members that every storage has: the object may be the application's own code. */
export const storage: Check<MaintenanceStorage> = (value, path) => {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidValue(path, 'a MaintenanceStorage such as new FileStorage()', describe(value));
  }
  const needed = { name: 'string', atomic: 'boolean', read: 'function', write: 'function' };
  for (const [member, type] of Object.entries(needed)) {
    const actual = typeof Reflect.get(value, member);
    if (actual !== type)
      throw new InvalidValue(`${path}.${member}`, `a ${type} (see MaintenanceStorage)`, actual);
  }
  return value as MaintenanceStorage;
};

/** Whether the value is a provider of a storage and not a storage itself. */
export function isStorageProvider(value: unknown): value is MaintenanceStorageProvider {
  return ['useClass', 'useFactory', 'useExisting'].some((member) => memberOf(value, member) !== undefined);
}

export const statusCode: Check<number> = (value, path) => {
  const code = integer(200, 599)(value, path);
  if (!STATUS_CODES_WITHOUT_BODY.includes(code)) return code;
  throw new InvalidValue(path, 'a status code whose response has a body (not 204, 205 or 304)', String(code));
};

/** A path that can exempt a request: decoded, and in the one spelling that all programs read alike. */
export const urlPath = is(
  'a path that begins with "/", without query, escapes such as %20, "//", ";" or dot segments',
  (value): value is string => typeof value === 'string' && unambiguousPath(value) === value,
);

/** A path prefix, or a regular expression without state (`lastIndex`) from one request to the next. */
export const urlRule: Check<string | RegExp> = (value, at) => {
  if (!(value instanceof RegExp)) return urlPath(value, at);
  if (!value.global && !value.sticky) return value;
  throw new InvalidValue(at, 'a regular expression without the flags g and y', String(value));
};

export const addressRange: Check<AddressRange> = (value, at) => {
  const range = typeof value === 'string' ? parseAddressRange(value) : null;
  if (range !== null) return range;
  throw new InvalidValue(at, 'an IP address or a CIDR range such as "10.0.0.0/8"', describe(value));
};

/** The text of an address or a CIDR range. */
export const addressText: Check<string> = (value, at) => {
  addressRange(value, at);
  return value as string;
};

/** By default Fastify takes no longer path parameter (`maxParamLength`). */
export const bypassSecret = secret(16, 100);

/** RFC 6265 section 4.1.1: a token (RFC 9110 section 5.6.2). The prefix that HTTPS allows is added by the module. */
export const cookieName = is(
  "the name of a cookie: letters, digits and !#$%&'*+-.^_`|~, without the prefix __Host- or __Secure-",
  (value): value is string =>
    typeof value === 'string' &&
    /^[!#$%&'*+\-.^_`|~\dA-Za-z]{1,100}$/.test(value) &&
    !/^__(?:host|secure)-/i.test(value),
);

export const YEAR_SECONDS = 366 * 24 * 60 * 60;

const limitMembers = object({
  requireReason: boolean,
  defaultDurationSeconds: integer(1, YEAR_SECONDS),
  maxDurationSeconds: integer(1, YEAR_SECONDS),
});

/** `limits`: what lasts too long must not be the default. */
export const limits: Check<Checked<typeof limitMembers>> = (value, path) => {
  const checked = limitMembers(value, path);
  const { defaultDurationSeconds: usual = 0, maxDurationSeconds: longest = Infinity } = checked;
  if (usual <= longest) return checked;
  throw new InvalidValue(`${path}.defaultDurationSeconds`, 'at most maxDurationSeconds', String(usual));
};

export const retryAfterSeconds = either(
  `a whole number from 0 to ${YEAR_SECONDS}, or false`,
  integer(0, YEAR_SECONDS),
  oneOf(false),
);

/** RFC 9110 section 5.6.2. */
const headerName = is(
  'the name of a header',
  (value): value is string => typeof value === 'string' && /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(value),
);
/**
 * The headers that every maintenance response sets itself; those that describe its body; those of the connection (RFC 9110
 * section 7.6.1), which Node refuses over HTTP/2, as it refuses `Trailer` without chunks; and those that Fastify drops.
 */
const OWN_HEADERS = [
  '__proto__',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'http2-settings',
  'keep-alive',
  'location',
  'maintenance-mode',
  'proxy-connection',
  'retry-after',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'x-content-type-options',
];
/** A header that `response.headers` may add. */
const addedHeaderName: Check<string> = (value, path) => {
  const name = headerName(value, path);
  if (!OWN_HEADERS.includes(name.toLowerCase())) return name;
  throw new InvalidValue(
    path,
    'a header that the maintenance response does not set itself, nor its connection',
    describe(name),
  );
};
/** The characters of RFC 9110 section 5.5, which Node sends without an error. */
const headerValue = is(
  'the value of a header: printable characters, no space at either end',
  (value): value is string =>
    typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value) && value.trim() === value,
);

/** `response.headers`: names that differ in case alone are the same header. */
export const addedHeaders: Check<ReadonlyMap<string, string>> = (value, path) => {
  const headers = mapOf(addedHeaderName, headerValue)(value, path);
  const names = new Map<string, string>();
  for (const name of headers.keys()) {
    const other = names.get(name.toLowerCase());
    if (other !== undefined)
      throw new InvalidValue(
        `${path}.${name}`,
        `a header once, and it stands as ${describe(other)} too`,
        describe(name),
      );
    names.set(name.toLowerCase(), name);
  }
  return headers;
};

export const redirectUrl = is(
  'a path such as "/maintenance" or an absolute http or https URL, percent-encoded',
  (value): value is string => {
    if (typeof value !== 'string' || !/^[\x21-\x5b\x5d-\x7e]+$/.test(value)) return false;
    if (value.startsWith('/')) return !value.startsWith('//');
    return URL.canParse(value) && /^https?:\/\//i.test(value);
  },
);

/** `response.problemType`: RFC 9457 section 3.1.1 recommends absolute URIs. */
export const problemType = is(
  'an absolute URI such as "https://shop.example/problems/maintenance"',
  (value): value is string =>
    typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && URL.canParse(value),
);

/** Any object, since there are many kinds of requests. */
const anyRequest = is(
  'the request that asks',
  (value): value is object => typeof value === 'object' && value !== null,
);

/** The options of `drained`. */
export const drainedOptions = object({ timeoutMs: integer(0, MAX_DELAY_MS), except: anyRequest });

/** The `drain` option of `enable`, which requires the time. */
export const drainOption: Check<Checked<typeof drainedOptions> & { readonly timeoutMs: number }> = (
  value,
  path,
) => {
  const { timeoutMs, ...rest } = drainedOptions(value, path);
  return { ...rest, timeoutMs: required(timeoutMs, `${path}.timeoutMs`, 'a number of milliseconds') };
};
