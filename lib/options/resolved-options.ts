import type { Logger } from '@nestjs/common';
import { MaintenanceOptionsError } from '../errors.js';
import {
  boolean,
  checkOption,
  either,
  func,
  integer,
  is,
  listOf,
  MAX_DELAY_MS,
  object,
  oneOf,
  string,
} from '../validation/values.js';
import { FileStorage } from '../storages/file/file.storage.js';
import type {
  AnnounceOptions,
  CloseOptions,
  ControllerOptions,
  HistoryOptions,
  IgnoreOptions,
  LogoutOptions,
  MaintenanceModuleExtras,
  MaintenanceModuleOptions,
  ResponseOptions,
  UserOptions,
} from './maintenance-module-options.js';
import {
  addedHeaders,
  addressRange,
  bypassSecret,
  cookieName,
  limits,
  problemType,
  redirectUrl,
  retryAfterSeconds,
  statusCode,
  storage,
  urlPath,
  urlRule,
  YEAR_SECONDS,
} from './option-checks.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import { page, type PageOptions, type PageTexts, policySources } from './page-options.js';
import {
  defaultClientIp,
  defaultIsStaff,
  defaultIsSuperuser,
  defaultLogout,
  defaultUserId,
  OptionCallbacks,
  timeLimited,
} from './option-callbacks.js';
import type { AddressRange } from '../validation/matchers.js';

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
    id: func<NonNullable<UserOptions['id']>>(
      'a function that takes the user and returns a string or a number',
    ),
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
  callbackTimeoutMs: integer(1, MAX_DELAY_MS),
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
    retryAfterSeconds,
    redirectUrl,
    headers: addedHeaders,
    contentSecurityPolicy: policySources,
    problemType,
    page,
  }),
  close: object({ webSockets: boolean, eventStreams: boolean }),
  bypass: object({ secret: bypassSecret, maxAgeSeconds: integer(1, YEAR_SECONDS), cookieName }),
  announce: object({ leadSeconds: integer(0, YEAR_SECONDS) }),
  history: object({ keep: integer(0, 100) }),
  limits,
});

/**
 * Validates the options and fills in the defaults.
 *
 * @param log gets the errors of the functions among the options.
 * @param provided the storage from the application's providers; it takes precedence over the one in the options.
 * @throws MaintenanceOptionsError that names the option's path, what it got and what it takes.
 */
export function resolveOptions(
  given: MaintenanceModuleOptions | undefined,
  log: Pick<Logger, 'error'>,
  provided?: MaintenanceStorage,
): ResolvedOptions {
  if (typeof given === 'object' && given !== null && 'controller' in given) {
    throw new MaintenanceOptionsError(
      'controller',
      'it shapes the module, so a factory cannot decide it; set it beside "useFactory".',
    );
  }
  const checked = checkOption(options, given === undefined ? {} : given, '');
  const { callbackTimeoutMs = 2000 } = checked;
  const { authenticatedUsers = false, handler = defaultLogout } = checked.logout ?? {};
  const logout = {
    authenticatedUsers,
    staff: authenticatedUsers,
    superusers: authenticatedUsers,
    ...checked.logout,
    handler: timeLimited('logout.handler', handler, callbackTimeoutMs),
  };
  const { get } = checked.user ?? {};
  const { when } = checked.ignore ?? {};
  const { headers, ...response } = checked.response ?? {};
  const { messages, ...brand } = response.page ?? {};
  return {
    enabled: checked.enabled,
    storage:
      provided === undefined
        ? (checked.storage ?? new FileStorage())
        : checkOption(storage, provided, 'storage'),
    sync: { pollIntervalMs: 1000, timeoutMs: 1000, ...checked.sync },
    unknownState: checked.unknownState ?? 'open',
    ignore: {
      ...checked.ignore,
      ...(when && { when: timeLimited('ignore.when', when, callbackTimeoutMs) }),
      ipAddresses: checked.ignore?.ipAddresses ?? [],
    },
    getClientIp: checked.getClientIp ?? defaultClientIp,
    user: {
      id: defaultUserId,
      isStaff: defaultIsStaff,
      isSuperuser: defaultIsSuperuser,
      afterGuards: (hasUserRules(checked.ignore ?? {}) || endsSessions(logout)) && get === undefined,
      ...checked.user,
      ...(get && { get: timeLimited('user.get', get, callbackTimeoutMs) }),
    },
    logout,
    callbackTimeoutMs,
    callbacks: new OptionCallbacks(log),
    response: {
      type: 'auto',
      statusCode: 503,
      retryAfterSeconds: 3600,
      problemType: 'about:blank',
      ...response,
      headers: Object.fromEntries(headers ?? []),
      contentSecurityPolicy: response.contentSecurityPolicy ?? new Map(),
      page: { ...brand, messages: messages ?? new Map() },
    },
    close: { webSockets: false, eventStreams: false, ...checked.close },
    bypass: { secret: undefined, maxAgeSeconds: 43_200, cookieName: 'maintenance', ...checked.bypass },
    announce: { leadSeconds: 172_800, ...checked.announce },
    history: { keep: 20, ...checked.history },
    limits: {
      requireReason: false,
      defaultDurationSeconds: undefined,
      maxDurationSeconds: undefined,
      ...checked.limits,
    },
  };
}

/**
 * Validates the settings of the toggle routes and fills in the defaults; null: no routes.
 *
 * @throws MaintenanceOptionsError
 */
export function resolveController({ controller = {} }: MaintenanceModuleExtras): ResolvedController | null {
  if (controller === false) return null;
  return {
    path: 'maintenance-mode',
    guards: [],
    decorators: [],
    confirm: true,
    loginUrl: undefined,
    ...checkOption(controllerOptions, controller, 'controller'),
  };
}

const controllerOptions = object({
  path: string({ min: 1 }),
  guards: is(
    'an array of guards',
    (value): value is NonNullable<ControllerOptions['guards']> =>
      Array.isArray(value) && value.every(isGuard),
  ),
  decorators: is(
    'an array of class decorators',
    (value): value is readonly ClassDecorator[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'function'),
  ),
  confirm: boolean,
  loginUrl: redirectUrl,
});

/** As Nest: a class, or an object with `canActivate`. */
function isGuard(item: unknown): boolean {
  if (typeof item === 'function') return true;
  return (
    typeof item === 'object' &&
    item !== null &&
    'canActivate' in item &&
    typeof item.canActivate === 'function'
  );
}

type Defaulted<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]-?: NonNullable<T[P]> };

/** The options with all defaults, validated. */
export interface ResolvedOptions {
  readonly enabled: boolean | undefined;
  readonly storage: MaintenanceStorage;
  readonly sync: { readonly pollIntervalMs: number; readonly timeoutMs: number };
  readonly unknownState: NonNullable<MaintenanceModuleOptions['unknownState']>;
  readonly ignore: Omit<IgnoreOptions, 'ipAddresses'> & { readonly ipAddresses: readonly AddressRange[] };
  readonly getClientIp: NonNullable<MaintenanceModuleOptions['getClientIp']>;
  readonly user: Defaulted<UserOptions, 'id' | 'isStaff' | 'isSuperuser' | 'afterGuards'>;
  readonly logout: Required<LogoutOptions>;
  readonly callbackTimeoutMs: number;
  /** Calls the functions among the options. */
  readonly callbacks: OptionCallbacks;
  readonly response: ResolvedResponse;
  readonly close: Required<CloseOptions>;
  readonly bypass: {
    readonly secret: string | undefined;
    readonly maxAgeSeconds: number;
    readonly cookieName: string;
  };
  readonly announce: Required<AnnounceOptions>;
  readonly history: Required<HistoryOptions>;
  readonly limits: {
    readonly requireReason: boolean;
    readonly defaultDurationSeconds: number | undefined;
    readonly maxDurationSeconds: number | undefined;
  };
}

export interface ResolvedResponse extends Defaulted<
  Omit<ResponseOptions, 'contentSecurityPolicy' | 'page'>,
  'type' | 'statusCode' | 'retryAfterSeconds' | 'headers' | 'problemType'
> {
  readonly contentSecurityPolicy: ReadonlyMap<string, readonly string[]>;
  readonly page: ResolvedPage;
}

export interface ResolvedPage extends Omit<PageOptions, 'messages'> {
  readonly messages: ReadonlyMap<string, Partial<PageTexts>>;
}

export interface ResolvedController extends Required<Omit<ControllerOptions, 'loginUrl'>> {
  /** Undefined: the pages have no link to log in. */
  readonly loginUrl: string | undefined;
}

/** Whether an exemption depends on the user, who is not known before authentication has run. */
export function hasUserRules(
  ignore: Pick<IgnoreOptions, 'anonymousUsers' | 'authenticatedUsers' | 'staff' | 'superusers'>,
): boolean {
  const { anonymousUsers, authenticatedUsers, staff, superusers } = ignore;
  return [anonymousUsers, authenticatedUsers, staff, superusers].includes(true);
}

export function endsSessions({ authenticatedUsers, staff, superusers }: LogoutOptions): boolean {
  return [authenticatedUsers, staff, superusers].includes(true);
}
