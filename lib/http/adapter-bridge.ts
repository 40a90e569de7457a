import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { InFlightWork } from '../drain/in-flight-work.js';
import type { RouteTag } from '../internals/nest.js';

export type Next = (error?: unknown) => void;

/** A function that an adapter calls for a request: a hook, a layer, middleware. */
export type RequestHook = (request: object, response: object, next: Next) => unknown;

/** A handler in the adapter's router. */
export type RouteHandler = (request: object, response: object, next?: Next) => unknown;

/** A response to send. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/**
 * What may run after a handler that has called `next()`: a handler that may be exempt, only handlers of Nest that are not, a
 * route that Nest does not know, or nothing.
 */
export type NextRoute = 'may-be-exempt' | 'closed-handler' | 'other' | 'none';

/** A request and its response: the framework's objects and Node's own. */
export interface Exchange {
  readonly request: object;
  readonly response: object;
  readonly rawRequest: IncomingMessage;
  readonly rawResponse: ServerResponse;
}

/** The functions of the gate that a bridge calls. */
export interface GateCallbacks {
  /**
   * Called before the framework sees a request. Returns whether it has answered. Undefined if a function of the application
   * decides or answers.
   *
   * @param Preview an object with the members of the framework's request that the rules of this package need.
   */
  readonly tryFastPath:
    | ((
        request: IncomingMessage,
        response: ServerResponse,
        Preview: new (request: IncomingMessage) => object,
      ) => boolean)
    | undefined;
  /** Called for each request that the framework sees, before anything else of the application. */
  readonly enter: (
    request: object,
    response: object,
    next: Next,
    rawRequest: IncomingMessage,
    rawResponse: ServerResponse,
  ) => void;
  /** Called only if other code may answer before `enter`: during maintenance that then has no effect. */
  readonly sealEarly: (request: IncomingMessage, response: ServerResponse) => void;
  /** Called if a handler that may be exempt calls `next()`, or does not match the host or version of the request. */
  readonly onFallThrough: (exchange: Exchange, next: Next, behind: NextRoute) => void;
  /** Called for a 404 of the framework, or an error. Returns whether an `@MaintenanceOff` handler that runs has caused it. */
  readonly onNotFound: (request: object) => boolean;
}

/** The differences between Express and Fastify. */
export interface AdapterBridge {
  facts(request: unknown): RequestFacts;
  /** The facts of an upgrade, which no router has seen. */
  upgradeFacts(request: IncomingMessage): RequestFacts;

  /**
   * Installs the gate before everything that can answer. Called before the routes are registered.
   *
   * @param work counts the handlers of Nest.
   */
  install(callbacks: GateCallbacks, work: InFlightWork): void;
  /**
   * Called when the routes are registered. Returns the names of internals that this version of the adapter does not have.
   *
   * @param tags of all handlers.
   */
  routesRegistered(tags: readonly RouteTag[]): readonly string[];
  /** The patterns of all routes with a handler that may be exempt in this mode, as they were registered. */
  exemptPatterns(mode: MaintenanceMode): readonly unknown[];
  /**
   * Whether the adapter's own router would call a handler that may be exempt: `@MaintenanceOff`, or in read-only maintenance
   * `@MaintenanceSafe()` for the method of the request. False for a malformed path, here and below.
   */
  mayBeExempt(request: object, mode: MaintenanceMode): boolean;
  /** Whether the adapter's own router would surely call an `@MaintenanceSafe(false)` handler. */
  isUnsafe(request: object): boolean;
  /** Whether the adapter's own router would call a handler of Nest, which has guards. */
  hasHandler(request: object): boolean;

  /** The CORS layer of the application, if it has one: it sets headers, or answers a preflight. */
  cors(request: object): RequestHook | undefined;
  rawResponse(response: object): ServerResponse;
  /** Node's response with the headers that are set so far. The framework does not write to it any more. */
  takeOver(response: object): ServerResponse;
  /** Goes on to the framework's own 404, skipping everything that could serve content. */
  notFound(request: object, next: Next): void;

  /** The value of a header that is set so far. */
  getHeader(response: unknown, name: string): number | string | string[] | undefined;
  /** Sets headers that stay if another filter writes the body. `Vary` is added to the present value. */
  setHeaders(response: unknown, headers: Readonly<Record<string, string>>): void;
  removeHeaders(response: unknown, names: readonly string[]): void;
  /** Whether the application renders views. */
  hasViews(): boolean;
  /** Sets a local variable for views that this response renders. */
  setLocal(response: unknown, name: string, value: unknown): void;
  /** Sends a response; for HEAD, only its headers. */
  send(response: unknown, reply: Reply): void;
}

/** The members that the requests of both adapters have. */
interface AdapterRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly host?: string;
  readonly protocol: string;
}

/** Reads members lazily: adapters compute host and protocol at each access. */
export class AdapterFacts implements RequestFacts {
  readonly request: AdapterRequest;

  /** @param request of an adapter. */
  constructor(request: unknown) {
    this.request = request as AdapterRequest;
  }

  get method(): string {
    return this.request.method;
  }

  get url(): string {
    return this.request.originalUrl;
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  get host(): string {
    return this.request.host ?? '';
  }

  get secure(): boolean {
    return this.request.protocol === 'https';
  }
}

/** The facts of a request that no adapter has seen: it cannot be exempt by its address. */
export function rawFacts(request: IncomingMessage): RequestFacts {
  const { method = 'GET', url = '', headers, socket } = request;
  return { method, url, headers, host: headers.host ?? '', secure: 'encrypted' in socket, request };
}
