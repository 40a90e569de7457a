import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';

export type Next = (error?: unknown) => void;

/** What the adapter calls for a request: a hook, a layer, middleware. */
export type RequestHook = (request: object, response: object, next: Next) => unknown;

/** A handler as it stands in the adapter's router. */
export type RouteHandler = (request: object, response: object, next?: Next) => unknown;

/** What is known of a handler before it runs. */
export interface RouteMark {
  /** Whether it is, in one of the classes that have it, an `@MaintenanceOff` handler. */
  readonly open: boolean;
}

/** The place in front of Express. */
export interface Front {
  /** What the framework would make of the request, as far as this package's own rules ask. */
  preview(request: IncomingMessage): object;
  /** How the server tells the application of requests, where it is the application's own. */
  readonly listener: unknown;
}

/** The first route behind a handler that matches: one that may be open, another, or none. */
export type Behind = 'open' | 'closed' | 'nothing';

/** What the door calls. */
export interface Doorkeeper {
  /** Before even the framework has seen a request. Whether it has answered. */
  readonly answersAtOnce: (request: IncomingMessage, response: ServerResponse, front: Front) => boolean;
  /** For each request that the framework sees, before anything else of the application. */
  readonly enter: RequestHook;
  /** For a request that an `@MaintenanceOff` handler has passed on, or that is of another host or version. */
  readonly declined: (request: object, response: object, next: Next, behind: Behind) => void;
  /** Whether an `@MaintenanceOff` handler runs, and asks for the framework's 404. */
  readonly saysNotFound: (response: object) => boolean;
  /** Puts what counts the work in flight around a handler. */
  readonly wrap: (handler: RouteHandler) => RouteHandler;
}

/** The way into an application: what the gate needs of an adapter. */
export interface Door {
  /** Puts the gate in front of all that can answer. Called before the routes are registered. */
  hang(adapter: HttpServer, keeper: Doorkeeper): void;
  /** Called when the routes are registered. */
  routesRegistered(adapter: HttpServer, keeper: Doorkeeper): void;
  /** Attaches a mark to a handler, for the router to find. Called before the routes are registered. */
  mark(handler: object, mark: RouteMark): void;
  /** The patterns of all routes that may have an `@MaintenanceOff` handler, as the router was given them. */
  openPatterns(adapter: HttpServer): readonly unknown[];
  /**
   * Whether the adapter's own router would take the request to a handler that may be an `@MaintenanceOff` one.
   *
   * @throws what the router throws for a path that it cannot read.
   */
  mayBeOpen(adapter: HttpServer, request: object): boolean;
  /**
   * Whether the adapter's own router would take the request to a handler of Nest, which has guards.
   *
   * @throws what the router throws for a path that it cannot read.
   */
  hasHandler(adapter: HttpServer, request: object): boolean;
  /** The CORS layer of the application, where it has one: it sets headers, or answers a preflight. */
  cors(adapter: HttpServer, request: object): RequestHook | undefined;
  /** Node's own. */
  readonly rawRequest: (request: object) => IncomingMessage;
  readonly rawResponse: (response: object) => ServerResponse;
  /** Node's own response with the headers that are set so far, which the framework will not write to any more. */
  takeOver(response: object): ServerResponse;
  /** Goes on to the framework's own 404, past everything that could serve something. */
  notFound(adapter: HttpServer, request: object, next: Next): void;
}

/** Handlers have no marks where Nest reports each route that is triggered (`setOnRouteTriggered`, before Nest 12). */
export function mayLackMarks(adapter: HttpServer): boolean {
  const { getOnRouteTriggered } = adapter as { getOnRouteTriggered?: () => unknown };
  return getOnRouteTriggered?.call(adapter) !== undefined;
}
