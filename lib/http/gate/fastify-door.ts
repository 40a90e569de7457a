import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import {
  destinationOfUnmarked,
  type Door,
  type RequestHook,
  type RouteHandler,
  type RouteMark,
} from './door.js';

interface Route {
  handler: RouteHandler;
  readonly config?: RouteConfig;
}

interface RouteConfig {
  readonly [MARK]?: RouteMark;
}

interface FastifyInstance {
  addHook(name: 'onRequest', hook: RequestHook): void;
  addHook(name: 'onRoute', hook: (route: Route) => void): void;
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
}

const MARK = Symbol('nestjs-maintenance-mode:route');
/** Of `@RouteConfig()`: what stands there, Nest hands to Fastify as the route's `config`. */
const ROUTE_CONFIG_METADATA = '__fastify_route_config__';

export const fastifyDoor: Door = {
  hang(adapter, keeper) {
    const instance = instanceOf(adapter);
    const hook: RequestHook = (request, reply, done) => {
      try {
        keeper.enter(request, reply, done);
      } catch (error) {
        done(error);
      }
    };
    // In front of the adapter's own hooks, and of those of plugins; `addHook` would put it behind them.
    const lists = requestHooks(instance);
    if (lists.length === 0) instance.addHook('onRequest', hook);
    for (const list of lists) list.unshift(hook);
    const wrapped = new WeakSet<RouteHandler>();
    instance.addHook('onRoute', (route: Route) => {
      // The HEAD route that Fastify adds to a GET route has the same handler.
      if (wrapped.has(route.handler)) return;
      route.handler = keeper.wrap(route.handler, route.config?.[MARK]);
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

  destination(adapter, request) {
    const { is404, routeOptions } = request as FastifyRequest;
    if (is404) return 'elsewhere';
    const mark = routeOptions.config?.[MARK];
    if (mark === undefined) return destinationOfUnmarked(adapter);
    return mark.open ? 'open' : 'handler';
  },

  /** Nest runs the hook of @fastify/cors itself, early; a plugin that the application has registered stands among the hooks. */
  cors(adapter) {
    const { corsHook } = adapter as { corsHook?: RequestHook };
    return corsHook ?? requestHooks(instanceOf(adapter))[0]?.find(({ name }) => name === 'handleCors');
  },

  raw: (request, reply) => ({
    request: (request as FastifyRequest).raw,
    response: (reply as FastifyReply).raw,
  }),

  takeOver(response) {
    const reply = response as FastifyReply;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    return reply.raw;
  },
};

function instanceOf(adapter: HttpServer): FastifyInstance {
  return adapter.getInstance() as FastifyInstance;
}

/** The lists of request hooks: of the instance first, then of the contexts that plugins were given. */
function requestHooks(instance: object): RequestHook[][] {
  const { onRequest } = (internal(instance, 'fastify.hooks') ?? {}) as { onRequest?: RequestHook[] };
  const children = (internal(instance, 'fastify.children') ?? []) as object[];
  return [...(onRequest ? [onRequest] : []), ...children.flatMap(requestHooks)];
}

/** Fastify gives no public way to say that a hook comes first. */
function internal(instance: object, description: string): unknown {
  for (let target: object | null = instance; target !== null; target = Reflect.getPrototypeOf(target)) {
    const symbol = Object.getOwnPropertySymbols(target).find((key) => key.description === description);
    if (symbol) return Reflect.get(target, symbol);
  }
  return undefined;
}
