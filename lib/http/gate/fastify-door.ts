import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { onRequestHooks } from '../fastify-internals.js';
import {
  type Door,
  type Doorkeeper,
  mayLackMarks,
  type RequestHook,
  type RouteHandler,
  type RouteMark,
} from './door.js';
import { Search } from './search.js';

interface Route {
  readonly url: string;
  handler: RouteHandler;
  config?: RouteConfig;
}

interface RouteConfig {
  readonly [MARK]?: RouteMark;
}

interface FastifyInstance {
  addHook(name: 'onRequest', hook: RequestHook): void;
  addHook(name: 'onRoute', hook: (route: Route) => void): void;
  setNotFoundHandler: (this: unknown, ...args: unknown[]) => unknown;
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly is404: boolean;
  readonly routeOptions: { readonly config?: RouteConfig };
}

interface FastifyReply {
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  hijack(): void;
  send(error: unknown): void;
}

const MARK = Symbol('nestjs-maintenance-mode:route');
/** Of `@RouteConfig()`: what stands there, Nest hands to Fastify as the route's `config`. */
const ROUTE_CONFIG_METADATA = '__fastify_route_config__';

/** Those of an instance itself, of a plugin that the application has registered. */
const corsHooks = new WeakMap<FastifyInstance, Search<RequestHook>>();
const openRoutes = new WeakMap<FastifyInstance, Route[]>();

export const fastifyDoor: Door = {
  hang(adapter, keeper) {
    const instance = instanceOf(adapter);
    const hook: RequestHook = (request, reply, done) => void keeper.enter(request, reply, done);
    // In front of the adapter's own hooks, and of those of plugins; `addHook` would put it behind them.
    const lists = onRequestHooks<RequestHook>(instance);
    const [own = []] = lists;
    corsHooks.set(instance, new Search(() => own, isCors));
    if (lists.length === 0) instance.addHook('onRequest', hook);
    for (const list of lists) list.unshift(hook);
    const { setNotFoundHandler } = instance;
    // Contexts of plugins inherit it, and call it on themselves.
    instance.setNotFoundHandler = function gated(this: unknown, ...args) {
      const gatedArgs = args.map((part) =>
        typeof part === 'function' ? behind(hook, part as RouteHandler, keeper) : part,
      );
      return setNotFoundHandler.apply(this, gatedArgs);
    };
    const wrapped = new WeakSet<RouteHandler>();
    const open: Route[] = [];
    openRoutes.set(instance, open);
    instance.addHook('onRoute', (route: Route) => {
      const mark = route.config?.[MARK] ?? markOf(route.handler);
      if (mark?.open ?? mayLackMarks(adapter)) open.push(route);
      // A hook of the application may register a route once more, with its handler as it is by then.
      if (wrapped.has(route.handler)) return;
      // The adapter of NestJS 11 gives no `config` to the routes of `@All()`.
      if (mark) route.config = { ...route.config, [MARK]: mark };
      route.handler = keeper.wrap(route.handler);
      wrapped.add(route.handler);
    });
  },

  routesRegistered() {
    // Each was met when it was registered.
  },

  mark(handler, mark) {
    const config = Reflect.getMetadata(ROUTE_CONFIG_METADATA, handler) as object | undefined;
    Reflect.defineMetadata(ROUTE_CONFIG_METADATA, { ...config, [MARK]: mark }, handler);
  },

  /** As they are now: the hooks that follow ours may have changed them. */
  openPatterns: (adapter) => (openRoutes.get(instanceOf(adapter)) ?? []).map(({ url }) => url),

  mayBeOpen(adapter, request) {
    const { is404, routeOptions } = request as FastifyRequest;
    return !is404 && (routeOptions.config?.[MARK]?.open ?? mayLackMarks(adapter));
  },

  hasHandler: (_, request) => (request as FastifyRequest).routeOptions.config?.[MARK] !== undefined,

  cors: corsOf,

  rawRequest: (request) => (request as FastifyRequest).raw,

  rawResponse: (reply) => (reply as FastifyReply).raw,

  takeOver(response) {
    const reply = response as FastifyReply;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    return reply.raw;
  },

  /** Its handlers have no `next()`. */
  notFound: (_, __, next) => next(),
};

/** Fastify asks its 404 handler without any hook where a URL cannot be decoded and no route has the method. */
function behind(hook: RequestHook, handler: RouteHandler, keeper: Doorkeeper): RouteHandler {
  return function notFound(this: unknown, request, reply) {
    // An open handler may say that there is nothing: `callNotFound()`, or `sendFile()` of a missing file.
    if (keeper.saysNotFound(reply)) return handler.call(this, request, reply);
    let result: unknown;
    hook(request, reply, (error) => {
      if (error === undefined) result = handler.call(this, request, reply);
      else (reply as FastifyReply).send(error);
    });
    return result;
  };
}

/** Nest runs the hook of @fastify/cors itself, early; a plugin that the application has registered stands among the hooks. */
function corsOf(adapter: HttpServer): RequestHook | undefined {
  const { corsHook } = adapter as { corsHook?: RequestHook };
  return corsHook ?? corsHooks.get(instanceOf(adapter))?.found[0];
}

function isCors({ name }: RequestHook): boolean {
  return name === 'handleCors';
}

/** Nest copies the metadata of a method to the function that it registers. */
function markOf(handler: RouteHandler): RouteMark | undefined {
  return (Reflect.getMetadata(ROUTE_CONFIG_METADATA, handler) as RouteConfig | undefined)?.[MARK];
}

function instanceOf(adapter: HttpServer): FastifyInstance {
  return adapter.getInstance() as FastifyInstance;
}
