import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { RouteTag } from '../internals/nest.js';

export type Next = (error?: unknown) => void;

/** What an adapter calls for a request: a hook, a layer, middleware. */
export type RequestHook = (request: object, response: object, next: Next) => unknown;

/** A handler as it stands in the adapter's router. */
export type RouteHandler = (request: object, response: object, next?: Next) => unknown;

/** What is sent at the end of a request. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** The first matching route behind a handler: one that may be exempt, another one, or none. */
export type NextRoute = 'may-be-exempt' | 'other' | 'none';

/** A request on its way through an adapter: the framework's objects and Node's own. */
export interface Exchange {
  readonly request: object;
  readonly response: object;
  readonly rawRequest: IncomingMessage;
  readonly rawResponse: ServerResponse;
}

/** What a bridge calls. */
export interface GateCallbacks {
  /**
   * Before the framework sees a request. Returns whether it has answered.
   *
   * @param preview what the framework would make of the request, as far as this package's own rules ask.
   * @param listener how the server tells the application of requests, if it is the application's own server.
   */
  readonly tryFastPath: (
    request: IncomingMessage,
    response: ServerResponse,
    preview: (request: IncomingMessage) => object,
    listener: unknown,
  ) => boolean;
  /** For each request that the framework sees, before anything else of the application. */
  readonly enter: (
    request: object,
    response: object,
    next: Next,
    rawRequest: IncomingMessage,
    rawResponse: ServerResponse,
  ) => void;
  /** Only if something may answer before `enter` is called: then that has no effect during maintenance. */
  readonly sealEarly: (request: IncomingMessage, response: ServerResponse) => void;
  /** For a request that a handler which may be exempt has passed on, or that is for another host or version. */
  readonly onFallThrough: (exchange: Exchange, next: Next, behind: NextRoute) => void;
  /** Whether an `@MaintenanceOff` handler runs and asks for the framework's 404. */
  readonly onNotFound: (request: object) => boolean;
  /** Counts a handler as work in flight. `givesBack`: `onGivenBack` is called when it is done. */
  readonly track: (handler: RouteHandler, givesBack: boolean) => RouteHandler;
  /** When a handler has answered, and gives the response back. */
  readonly onGivenBack: (response: ServerResponse) => void;
}

/** What differs between Express and Fastify. */
export interface AdapterBridge {
  facts(request: unknown): RequestFacts;
  /** Of a request that asks for a WebSocket, which no router has seen. */
  upgradeFacts(request: IncomingMessage): RequestFacts;

  /** Puts the gate in front of everything that can answer. Called before the routes are registered. */
  install(callbacks: GateCallbacks): void;
  /**
   * Called when the routes are registered. Returns the names of what this version of the adapter does not have.
   *
   * @param tags those of all handlers.
   */
  routesRegistered(tags: readonly RouteTag[]): readonly string[];
  /** The patterns of all routes that may have an `@MaintenanceOff` handler, as the router was given them. */
  exemptPatterns(): readonly unknown[];
  /**
   * Whether the adapter's own router would take the request to a handler that may be an `@MaintenanceOff` one.
   *
   * @throws what the router throws for a path that it cannot read.
   */
  mayBeExempt(request: object): boolean;
  /**
   * Whether the adapter's own router would take the request to a handler of Nest, which has guards.
   *
   * @throws what the router throws for a path that it cannot read.
   */
  hasHandler(request: object): boolean;

  /** The CORS layer of the application, if it has one: it sets headers, or answers a preflight. */
  cors(request: object): RequestHook | undefined;
  rawRequest(request: object): IncomingMessage;
  readonly rawResponse: (response: object) => ServerResponse;
  /** Node's own response with the headers that are set so far. The framework does not write to it any more. */
  takeOver(response: object): ServerResponse;
  /** Goes on to the framework's own 404, past everything that could serve something. */
  notFound(request: object, next: Next): void;

  /** Sets headers that stay, whoever writes the body. `Vary` is added to what is there. */
  setHeaders(response: unknown, headers: Readonly<Record<string, string>>): void;
  /** Whether the application renders views. */
  hasViews(): boolean;
  /** Gives a value to the views that this response renders. */
  setLocal(response: unknown, name: string, value: unknown): void;
  /** Answers. A HEAD request gets the headers alone. */
  send(response: unknown, reply: Reply): void;
}

/** What the requests of both adapters have. */
export interface AdapterRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly host?: string;
  readonly protocol: string;
}

/** Reads what a rule asks for, and no more: adapters work out host and protocol anew each time. */
export class AdapterFacts implements RequestFacts {
  constructor(readonly request: AdapterRequest) {}

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

/** Of a request that no adapter has seen: nobody is exempt by an address. */
export function rawFacts(request: IncomingMessage): RequestFacts {
  const { method = 'GET', url = '', headers, socket } = request;
  return { method, url, headers, host: headers.host ?? '', secure: 'encrypted' in socket, request };
}
