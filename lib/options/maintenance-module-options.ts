import type {
  CanActivate,
  ClassProvider,
  ExistingProvider,
  FactoryProvider,
  ModuleMetadata,
  Type,
} from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import type { PageOptions, PolicySources } from './page-options.js';

/**
 * The adapter's own request: Express's `Request` or Fastify's `FastifyRequest`. This package does not depend on their types.
 * The functions of the options are declared as methods, so that a function with a narrower parameter type fits.
 *
 * @publicApi
 */
export type AdapterRequest = unknown;

/** Chooses the format of the response to a request. @publicApi */
export type ResponseTypeFunction = { decide(request: AdapterRequest): 'html' | 'json' }['decide'];

/** How the state in memory follows the storage. @publicApi */
export interface SyncOptions {
  /** How often the stored record is re-read, in milliseconds, jittered. Default: 1000. */
  readonly pollIntervalMs?: number;
  /** Longest wait for one storage call, in milliseconds. Default: 1000. */
  readonly timeoutMs?: number;
}

/** Which requests pass during maintenance. @publicApi */
export interface IgnoreOptions {
  /**
   * Paths that stay reachable. A string is a prefix that ends at a segment boundary (`/health` covers `/health` and
   * `/health/live`, not `/healthy`; `/health/` only what is beneath; `/` only the root); a RegExp is matched against the
   * path. The path is that of the request, global prefix included, without query.
   */
  readonly urls?: readonly (string | RegExp)[];
  /** Addresses and CIDR ranges, IPv4 and IPv6. */
  readonly ipAddresses?: readonly string[];
  /** Default: false. */
  readonly anonymousUsers?: boolean;
  /** Every user who is logged in, staff and superusers too. Default: false. */
  readonly authenticatedUsers?: boolean;
  /** Default: false. */
  readonly staff?: boolean;
  /** Default: false. */
  readonly superusers?: boolean;
  /** Path prefix of an admin panel. */
  readonly adminSite?: string;
  /** No maintenance response while a test runner runs the process (Jest, Vitest, node's, Mocha). Default: false. */
  readonly tests?: boolean;
  /** The application's own rule: requests for which it returns `true` pass. */
  when?(request: AdapterRequest): boolean | Promise<boolean>;
}

/** Whose sessions end during maintenance, and how. @publicApi */
export interface LogoutOptions {
  /** Ends the session of a user whom nothing exempts; the request then counts as anonymous. Default: false. */
  readonly authenticatedUsers?: boolean;
  /** Default: what `authenticatedUsers` says. */
  readonly staff?: boolean;
  /** Default: what `authenticatedUsers` says. */
  readonly superusers?: boolean;
  /** How a session ends. Default: `request.logout()` of Passport, else `request.session.destroy()`. */
  handler?(request: AdapterRequest): void | Promise<void>;
}

/** How to find out who the user is, and what kind of user. @publicApi */
export interface UserOptions {
  /**
   * The authenticated user, or null, which falls back to `request.user`. Needed if authentication is done by guards
   * that run later. Default: `request.user`.
   */
  get?(request: AdapterRequest): unknown;
  /**
   * Decide on users, and on `ignore.when`, only after all guards of the route have run: these may answer 401 or 403
   * first, and the body has been read by then. Default: true if user rules or `logout` are set without `user.get`.
   */
  readonly afterGuards?: boolean;
  /** The name of a user, for `by` and confirm tokens. Default: the user's `id`, `sub`, `username` or `name`. */
  id?(user: unknown): string | number;
  /** Whether `ignore.staff` and `logout.staff` apply to the user. Default: `user.isStaff === true`. */
  isStaff?(user: unknown): boolean;
  /**
   * Whether the user may use the toggle routes, and whether `ignore.superusers` and `logout.superusers` apply. Default:
   * `user.isSuperuser === true`.
   */
  isSuperuser?(user: unknown): boolean;
}

/** Extra values for the page and extra members of the JSON answer. @publicApi */
export type ResponseContext = Readonly<Record<string, string | number | boolean | null>>;

/** What blocked clients receive. @publicApi */
export interface ResponseOptions {
  /**
   * `auto` negotiates by `Accept`: HTML only if it names `text/html` or `application/xhtml+xml` and prefers it, else
   * JSON. Default: `auto`.
   */
  readonly type?: 'auto' | 'html' | 'json' | ResponseTypeFunction;
  /** Path of a Handlebars file. Default: the built-in page. */
  readonly template?: string;
  /** Extra template values; in JSON, extra members. */
  context?(request: AdapterRequest, status: MaintenanceStatus): ResponseContext;
  /** 200 to 599, except 204, 205 and 304. Default: 503. */
  readonly statusCode?: number;
  /**
   * `Retry-After` in seconds if the window has no end (RFC 9110 section 10.2.3); with an end it is the seconds until
   * then, at least 1. `false`: never sent. Default: 3600.
   */
  readonly retryAfterSeconds?: number | false;
  /** Where requests that would get HTML are sent instead (302); that URL itself stays reachable. */
  readonly redirectUrl?: string;
  /** Added to every maintenance response. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Sources that are added to the page's own `Content-Security-Policy`, such as `{ 'img-src': ['https://cdn.example'] }`. The
   * hashes of the page's own styles and scripts stay.
   */
  readonly contentSecurityPolicy?: PolicySources;
  /** The `type` of the JSON answer, an absolute URI (RFC 9457 section 3.1.1). Default: `about:blank`. */
  readonly problemType?: string;
  /** What the built-in page shows of the application. */
  readonly page?: PageOptions;
}

/** What happens to connections that are open when maintenance begins. @publicApi */
export interface CloseOptions {
  /**
   * Closes gateway connections, except those that would still be admitted. New ones are refused in any case.
   * Default: false.
   */
  readonly webSockets?: boolean;
  /**
   * Ends the streams of `@Sse()` handlers, except those whose request would still pass. New ones are refused in any case.
   * Default: false.
   */
  readonly eventStreams?: boolean;
}

/** The secret that lets its owner in, and its cookie. @publicApi */
export interface BypassOptions {
  /** 16 to 100 characters. Opens `/maintenance-mode/bypass/<secret>` and the `Maintenance-Bypass` header. */
  readonly secret?: string | undefined;
  /** Lifetime of a bypass cookie in seconds. Default: 43200, twelve hours. */
  readonly maxAgeSeconds?: number;
  /**
   * The name of the bypass cookie, so that two applications of one host do not share it: a token of RFC 9110. Over HTTPS it gets
   * the prefix `__Host-`. Default: `maintenance`.
   */
  readonly cookieName?: string;
}

/** How many changes are kept. @publicApi */
export interface HistoryOptions {
  /** How many changes the record keeps: 0 to 100, as many of them as fit into 64 KiB. Default: 20. */
  readonly keep?: number;
}

/** What the service, the routes and the command line refuse, so that maintenance is not left on. @publicApi */
export interface LimitsOptions {
  /** Whether turning it on needs a reason. Default: false. */
  readonly requireReason?: boolean;
  /** The end of a window that is given none, in seconds from its start. Default: none, until it is turned off. */
  readonly defaultDurationSeconds?: number;
  /** The longest time from the start of a window to its end, in seconds. Default: unlimited. */
  readonly maxDurationSeconds?: number;
}

/** When a scheduled window is announced. @publicApi */
export interface AnnounceOptions {
  /** How long before its start a scheduled window is announced, in seconds. Default: 172800, two days. */
  readonly leadSeconds?: number;
}

/** Every option is optional; a wrong one fails at boot with a `MaintenanceOptionsError`. @publicApi */
export interface MaintenanceModuleOptions {
  /** Forces the mode on or off; the stored state is then not used. Default: unset. */
  readonly enabled?: boolean;
  /** Where the state lives. Default: `new FileStorage()`. */
  readonly storage?: MaintenanceStorage;
  readonly sync?: SyncOptions;
  /**
   * The state while no record could be read since boot: `open` (off), `closed` (everything is blocked) or `throw` (the
   * application does not boot). Default: `open`.
   */
  readonly unknownState?: 'open' | 'closed' | 'throw';
  readonly ignore?: IgnoreOptions;
  /** The client's address, for `ignore.ipAddresses`. Default: the adapter's `request.ip`. */
  getClientIp?(request: AdapterRequest): string | undefined;
  readonly user?: UserOptions;
  readonly logout?: LogoutOptions;
  /**
   * Longest wait for `user.get`, `ignore.when` and `logout.handler`, in milliseconds; all calls of one of them for the same
   * request share it. After that the rule is skipped, and one line in the log says so: the database behind them may be
   * in maintenance itself. A blocked request waits as long for CORS and for another library's request hook. Default: 2000.
   */
  readonly callbackTimeoutMs?: number;
  readonly response?: ResponseOptions;
  readonly close?: CloseOptions;
  readonly bypass?: BypassOptions;
  readonly announce?: AnnounceOptions;
  readonly history?: HistoryOptions;
  readonly limits?: LimitsOptions;
}

/** The toggle routes. @publicApi */
export interface ControllerOptions {
  /** Default: `maintenance-mode`. */
  readonly path?: string;
  /** Guards of the routes: one of them may set `request.user`. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Decorators of the routes' class, such as `Public()` for an application-wide guard. */
  readonly decorators?: readonly ClassDecorator[];
  /**
   * Whether a browser that opens `/on` or `/off` gets a page with a confirm button. With `false`, opening the address
   * toggles directly, also by a link in a mail that an admin clicks. Default: true.
   */
  readonly confirm?: boolean;
  /**
   * Where a superuser logs in: a path such as `/login`, or an http or https URL. Browsers that are not logged in get a page
   * with a link to it. Default: no link.
   */
  readonly loginUrl?: string;
}

/** Tells Nest how to create the storage, or under which token the providers of `imports` have it. @publicApi */
export type MaintenanceStorageProvider =
  | Pick<ClassProvider<MaintenanceStorage>, 'useClass'>
  | Pick<FactoryProvider<MaintenanceStorage>, 'useFactory' | 'inject'>
  | Pick<ExistingProvider<MaintenanceStorage>, 'useExisting'>;

/** Structural settings, which a factory cannot decide. @publicApi */
export interface MaintenanceModuleExtras {
  /** The toggle routes; `false` leaves them out. */
  readonly controller?: ControllerOptions | false;
  /** Where the state lives: an object or a provider. Default: what the factory returns, else `new FileStorage()`. */
  readonly storage?: MaintenanceStorage | MaintenanceStorageProvider | undefined;
  /** Modules whose providers `storage` needs. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

/** The options of `forRoot`. @publicApi */
export type MaintenanceRootOptions = Omit<MaintenanceModuleOptions, 'storage'> & MaintenanceModuleExtras;

/** The class of `useClass` and `useExisting` in `forRootAsync`. @publicApi */
export interface MaintenanceOptionsFactory {
  /** Called once, when the application boots. */
  createMaintenanceOptions(): MaintenanceModuleOptions | Promise<MaintenanceModuleOptions>;
}
