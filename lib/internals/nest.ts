/** What Nest does not document. `docs/architecture.md` says why nothing public serves. */
import type { HttpServer, NestInterceptor } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** What `@fastify/...` options of a route are read from: the value becomes the route's `config`. */
const FASTIFY_ROUTE_CONFIG = '__fastify_route_config__';
/** What `@Sse()` writes on a handler. */
const SSE = '__sse__';
/** What `@Get()` and the like write on a handler. */
const METHOD = 'method';

/** What is attached to a handler of a controller before Nest registers it, for the router to find. */
export interface RouteTag {
  /** Whether it is an `@MaintenanceOff` handler in at least one of the classes that have it. */
  readonly mayBeExempt: boolean;
}

const TAG = Symbol('nestjs-maintenance-mode:route');

/** The `config` of a route of Fastify. */
export interface RouteConfig {
  readonly [TAG]?: RouteTag;
}

/** Nest copies the metadata of a method to the function that it gives to Express, and that one as `config` to Fastify. */
export function tagHandler(handler: object, tag: RouteTag): void {
  Reflect.defineMetadata(TAG, tag, handler);
  const config = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG, handler) as object | undefined;
  Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG, { ...config, [TAG]: tag }, handler);
}

/** The tag of a function that Nest has registered. */
export function tagOf(registered: object): RouteTag | undefined {
  return Reflect.getMetadata(TAG, registered) as RouteTag | undefined;
}

export function tagIn(config: RouteConfig | undefined): RouteTag | undefined {
  return config?.[TAG];
}

export function withTag(config: RouteConfig | undefined, tag: RouteTag): RouteConfig {
  return { ...config, [TAG]: tag };
}

/** Whether a method of a controller handles a route. */
export function isRouteHandler(method: object): boolean {
  return Reflect.getMetadata(METHOD, method) !== undefined;
}

export function isEventStream(handler: object): boolean {
  return Boolean(Reflect.getMetadata(SSE, handler));
}

type RequestHook = (request: object, response: object, next: (error?: unknown) => void) => unknown;

/** What another library has put into the adapter's slot for a hook (`setOnRequestHook`). */
export function requestHookOf(adapter: HttpServer): RequestHook | undefined {
  const { onRequestHook } = adapter as { onRequestHook?: RequestHook };
  return typeof onRequestHook === 'function' ? onRequestHook.bind(adapter) : undefined;
}

/** Functions that Nest registers have no tags if it reports each route that is triggered (before Nest 12). */
export function reportsRoutes(adapter: HttpServer): boolean {
  const { getOnRouteTriggered } = adapter as { getOnRouteTriggered?: () => unknown };
  return getOnRouteTriggered?.call(adapter) !== undefined;
}

/**
 * Registers interceptors in front of those of the application: Nest runs them in the order of its list.
 *
 * @returns where they are: `last` if that list cannot be changed, `nowhere` if Nest takes none at all.
 */
export function putFirst(
  config: ApplicationConfig,
  interceptors: readonly NestInterceptor[],
): 'first' | 'last' | 'nowhere' {
  const areFirst = (): boolean => {
    const list = config.getGlobalInterceptors();
    return interceptors.every((interceptor, index) => list[index] === interceptor);
  };
  config.getGlobalInterceptors().unshift(...interceptors);
  if (areFirst()) return 'first';
  config.useGlobalInterceptors(...interceptors);
  const list = config.getGlobalInterceptors();
  return interceptors.every((interceptor) => list.includes(interceptor)) ? 'last' : 'nowhere';
}
