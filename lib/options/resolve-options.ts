import { MaintenanceOptionsError } from '../errors/maintenance-options.error.js';
import { FileStorage } from '../storages/file.storage.js';
import {
  boolean,
  either,
  func,
  integer,
  listOf,
  mapOf,
  object,
  oneOf,
  secret,
  string,
} from '../validation/check.js';
import { checkOption } from '../validation/check-option.js';
import type {
  IgnoreOptions,
  LogoutOptions,
  MaintenanceModuleOptions,
  ResponseOptions,
  UserOptions,
} from './maintenance-module-options.js';
import {
  addedHeaderName,
  addressRange,
  headerValue,
  urlPath,
  redirectUrl,
  statusCode,
  storage,
  urlRule,
} from './option-checks.js';
import type { ResolvedOptions } from './resolved-options.js';
import {
  defaultClientIp,
  defaultIsStaff,
  defaultIsSuperuser,
  defaultLogout,
  defaultUserId,
} from './request-defaults.js';

/** setTimeout takes no longer delay. */
const MAX_DELAY_MS = 2 ** 31 - 1;
const YEAR_SECONDS = 366 * 24 * 60 * 60;

const options = object({
  enabled: boolean,
  storage,
  sync: object({ pollIntervalMs: integer(10, MAX_DELAY_MS), timeoutMs: integer(1, MAX_DELAY_MS) }),
  unknownState: oneOf('open', 'closed', 'throw'),
  ignore: object({
    urls: listOf(urlRule),
    ipAddresses: listOf(addressRange),
    anonymousUsers: boolean,
    authenticatedUsers: boolean,
    staff: boolean,
    superusers: boolean,
    adminSite: urlPath,
    tests: boolean,
    when: func<NonNullable<IgnoreOptions['when']>>(
      'a function that takes the request and returns true or false',
    ),
  }),
  getClientIp: func<ResolvedOptions['getClientIp']>(
    'a function that takes the request and returns an address',
  ),
  user: object({
    get: func<NonNullable<UserOptions['get']>>('a function that takes the request and returns its user'),
    afterGuards: boolean,
    id: func<NonNullable<UserOptions['id']>>('a function that takes the user and returns a string'),
    isStaff: func<NonNullable<UserOptions['isStaff']>>(
      'a function that takes the user and returns true or false',
    ),
    isSuperuser: func<NonNullable<UserOptions['isSuperuser']>>(
      'a function that takes the user and returns true or false',
    ),
  }),
  logout: object({
    authenticatedUsers: boolean,
    staff: boolean,
    superusers: boolean,
    handler: func<NonNullable<LogoutOptions['handler']>>(
      'a function that takes the request and ends its session',
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
  const checked = checkOption(options, given, '');
  const { secret: bypassSecret, maxAgeSeconds = 43_200 } = checked.bypass ?? {};
  const { authenticatedUsers = false } = checked.logout ?? {};
  const logout = {
    authenticatedUsers,
    staff: authenticatedUsers,
    superusers: authenticatedUsers,
    handler: defaultLogout,
    ...checked.logout,
  };
  const { headers, ...response } = checked.response ?? {};
  return {
    enabled: checked.enabled,
    storage: checked.storage ?? new FileStorage(),
    sync: { pollIntervalMs: 1000, timeoutMs: 1000, ...checked.sync },
    unknownState: checked.unknownState ?? 'open',
    ignore: { ...checked.ignore, ipAddresses: checked.ignore?.ipAddresses ?? [] },
    getClientIp: checked.getClientIp ?? defaultClientIp,
    user: {
      id: defaultUserId,
      isStaff: defaultIsStaff,
      isSuperuser: defaultIsSuperuser,
      afterGuards: needsUser(checked.ignore, logout) && checked.user?.get === undefined,
      ...checked.user,
    },
    logout,
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

/** Whether some rule depends on who the user is, which nobody knows before authentication has run. */
function needsUser(
  ignore: Omit<IgnoreOptions, 'ipAddresses'> = {},
  logout: Required<LogoutOptions>,
): boolean {
  const rules = [ignore.anonymousUsers, ignore.authenticatedUsers, ignore.staff, ignore.superusers];
  return [...rules, logout.authenticatedUsers, logout.staff, logout.superusers].includes(true);
}
