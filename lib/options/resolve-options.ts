import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import type { MaintenanceStorage } from '../contracts/maintenance-storage.js';
import { FileStorage } from '../storages/file.storage.js';
import {
  boolean,
  type Check,
  describe,
  either,
  func,
  integer,
  InvalidValue,
  is,
  mapOf,
  object,
  oneOf,
  secret,
  string,
} from '../validation/check.js';
import type {
  ControllerOptions,
  MaintenanceModuleExtras,
  MaintenanceModuleOptions,
  ResponseOptions,
  UserOptions,
} from './maintenance-module-options.js';
import type { ResolvedController, ResolvedOptions } from './resolved-options.js';

/** setTimeout takes no longer delay. */
const MAX_DELAY_MS = 2 ** 31 - 1;
const YEAR_SECONDS = 366 * 24 * 60 * 60;
const STATUS_CODES_WITHOUT_BODY = [204, 205, 304];

const storage: Check<MaintenanceStorage> = (value, path) => {
  const candidate = value as Partial<MaintenanceStorage> | null | undefined;
  const isObject = typeof value === 'object' && value !== null;
  const missing = ['read', 'write'].filter(
    (name) => !isObject || typeof Reflect.get(value, name) !== 'function',
  );
  const expected = 'a MaintenanceStorage, such as new FileStorage({ path })';
  if (!isObject) throw new InvalidValue(path, expected, describe(value));
  if (missing.length > 0)
    throw new InvalidValue(path, expected, `an object without ${missing.join('() and ')}()`);
  if (typeof candidate?.name !== 'string')
    throw new InvalidValue(`${path}.name`, 'a string', describe(candidate?.name));
  if (typeof candidate.atomic !== 'boolean') {
    throw new InvalidValue(`${path}.atomic`, 'true or false', describe(candidate.atomic));
  }
  return candidate as MaintenanceStorage;
};

const statusCode: Check<number> = (value, path) => {
  const code = integer(200, 599)(value, path);
  if (!STATUS_CODES_WITHOUT_BODY.includes(code)) return code;
  throw new InvalidValue(path, 'a status code whose response has a body (not 204, 205 or 304)', String(code));
};

/** RFC 9110 section 5.6.2. */
const headerName = is(
  'the name of a header',
  (value): value is string => typeof value === 'string' && /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(value),
);
/** What every maintenance response has anyway, or what belongs to its body. */
const OWN_HEADERS = [
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'location',
  'maintenance-mode',
  'retry-after',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
];
const addedHeaderName: Check<string> = (value, path) => {
  const name = headerName(value, path);
  if (!OWN_HEADERS.includes(name.toLowerCase())) return name;
  throw new InvalidValue(path, 'a header that the maintenance response does not set itself', describe(name));
};
/** RFC 9110 section 5.5: what Node sends without an error. */
const headerValue = is(
  'the value of a header: printable characters',
  (value): value is string => typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
);

const redirectUrl = is(
  'a path such as "/maintenance" or an absolute http or https URL',
  (value): value is string => {
    if (typeof value !== 'string' || /[\s\\\p{Cc}]/u.test(value)) return false;
    if (value.startsWith('/')) return !value.startsWith('//');
    return URL.canParse(value) && /^https?:\/\//i.test(value);
  },
);

const options = object({
  enabled: boolean,
  storage,
  sync: object({ pollIntervalMs: integer(10, MAX_DELAY_MS), timeoutMs: integer(1, MAX_DELAY_MS) }),
  unknownState: oneOf('open', 'closed', 'throw'),
  user: object({
    get: func<NonNullable<UserOptions['get']>>('a function that takes the request and returns its user'),
    id: func<NonNullable<UserOptions['id']>>('a function that takes the user and returns a string'),
    isSuperuser: func<NonNullable<UserOptions['isSuperuser']>>(
      'a function that takes the user and returns true or false',
    ),
  }),
  response: object({
    type: either(
      '"auto", "html", "json" or a function',
      oneOf('auto', 'html', 'json'),
      func<(request: unknown) => 'html' | 'json'>('a function'),
    ),
    template: string({ min: 1 }),
    context: func<NonNullable<ResponseOptions['context']>>(
      'a function that takes the request and the status',
    ),
    statusCode,
    retryAfterSeconds: either(
      'a whole number from 0 to 31622400, or false',
      integer(0, YEAR_SECONDS),
      oneOf(false),
    ),
    redirectUrl,
    headers: mapOf(addedHeaderName, headerValue),
  }),
  bypass: object({ secret: secret(16), maxAgeSeconds: integer(1, YEAR_SECONDS) }),
});

const controllerOptions = object({
  path: string({ min: 1 }),
  guards: is('an array of guards', (value): value is NonNullable<ControllerOptions['guards']> =>
    Array.isArray(value),
  ),
  decorators: is(
    'an array of class decorators',
    (value): value is readonly ClassDecorator[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'function'),
  ),
  confirm: boolean,
});

const extras = object({
  isGlobal: boolean,
  controller: (value, path) => (value === false ? value : controllerOptions(value, path)),
});

function checkAs<T>(check: Check<T>, value: unknown): T {
  try {
    return check(value, '');
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new MaintenanceOptionsError(error.path === '' ? 'options' : error.path, error.message);
  }
}

/** The user's `id`, `sub`, `username` or `name`, as text; empty where there is none. */
function defaultUserId(user: unknown): string {
  if (typeof user !== 'object' || user === null) return '';
  for (const member of ['id', 'sub', 'username', 'name']) {
    const value: unknown = Reflect.get(user, member);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return String(value);
  }
  return '';
}

function defaultIsSuperuser(user: unknown): boolean {
  return typeof user === 'object' && user !== null && 'isSuperuser' in user && user.isSuperuser === true;
}

/**
 * Validates the options and fills in the defaults.
 *
 * @throws MaintenanceOptionsError that names the option's path, what it got and what it takes.
 */
export function resolveOptions(given: MaintenanceModuleOptions = {}): ResolvedOptions {
  for (const name of ['isGlobal', 'controller']) {
    if (typeof given === 'object' && given !== null && name in given) {
      throw new MaintenanceOptionsError(
        name,
        'it shapes the module, so a factory cannot decide it; set it beside "useFactory".',
      );
    }
  }
  const checked = checkAs(options, given);
  const { secret: bypassSecret, maxAgeSeconds = 43_200 } = checked.bypass ?? {};
  const { headers, ...response } = checked.response ?? {};
  return {
    enabled: checked.enabled,
    storage: checked.storage ?? new FileStorage(),
    sync: { pollIntervalMs: 1000, timeoutMs: 1000, ...checked.sync },
    unknownState: checked.unknownState ?? 'open',
    user: { id: defaultUserId, isSuperuser: defaultIsSuperuser, ...checked.user },
    response: {
      type: 'auto',
      statusCode: 503,
      retryAfterSeconds: 3600,
      ...response,
      headers: Object.fromEntries(headers ?? []),
    },
    bypass: bypassSecret === undefined ? undefined : { secret: bypassSecret, maxAgeSeconds },
  };
}

/**
 * Validates the structural settings of the toggle routes and fills in the defaults; null: no routes.
 *
 * @throws MaintenanceOptionsError
 */
export function resolveController(given: MaintenanceModuleExtras): ResolvedController | null {
  const { controller = {} } = checkAs(extras, { isGlobal: given.isGlobal, controller: given.controller });
  if (controller === false) return null;
  return { path: 'maintenance-mode', guards: [], decorators: [], confirm: true, ...controller };
}
