import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { corsHookOf, onReplyAwaited, onRequestHooks, upgradeRequestOf } from '../internals/fastify.js';
import { type InFlightWork, trackHandler } from '../drain/in-flight-work.js';
import {
  mayBeExempt,
  reportsRoutes,
  type RouteConfig,
  type RouteTag,
  tagIn,
  tagOf,
  UNKNOWN_HANDLER,
  withTag,
} from '../internals/nest.js';
import { isSafe } from '../policy/policy.js';
import { addVary } from '../response/raw-response.js';
import {
  type AdapterBridge,
  AdapterFacts,
  type GateCallbacks,
  type Next,
  rawFacts,
  type Reply,
  type RequestHook,
  type RouteHandler,
} from './adapter-bridge.js';

interface Route {
  readonly url: string;
  handler: RouteHandler;
  config?: RouteConfig;
}

interface FastifyInstance {
  readonly version: string;
  addHook(name: 'onRequest', hook: RequestHook): void;
  addHook(name: 'onRoute', hook: (route: Route) => void): void;
  setNotFoundHandler: (this: unknown, ...args: unknown[]) => unknown;
  hasReplyDecorator(name: string): boolean;
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly is404: boolean;
  readonly method: string;
  readonly routeOptions: { readonly config?: RouteConfig; readonly method?: string | readonly string[] };
}

interface FastifyReply {
  readonly raw: ServerResponse;
  locals?: Record<string, unknown>;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  header(name: string, value: string): this;
  removeHeader(name: string): this;
  hijack(): void;
  code(statusCode: number): this;
  send(body: unknown): this;
}

export class FastifyBridge implements AdapterBridge {
  /** Routes with a handler that may be exempt. */
  readonly #exemptRoutes: { readonly route: Route; readonly tag: RouteTag }[] = [];
  readonly #tracked = new WeakSet<RouteHandler>();
  /** The `onRequest` hooks of the application's own instance. */
  #hooks: readonly RequestHook[] = [];
  #isInFront = false;
  /** Nest's handlers return the reply, so it is awaited when they are done. */
  #areRepliesAwaited = false;
  readonly #tags = new Set<RouteTag>();
  /** Whether routes without a tag may have an exempt handler; known when all are registered. */
  #areUntaggedExempt = false;

  constructor(private readonly adapter: HttpServer) {}

  facts(request: unknown): RequestFacts {
    return new FastifyFacts(request);
  }

  /** If Fastify's class of requests is not found, the request cannot be exempt by its address. */
  upgradeFacts(request: IncomingMessage): RequestFacts {
    const known = upgradeRequestOf(request, this.#instance);
    return known ? new AdapterFacts(known) : rawFacts(request);
  }

  install(callbacks: GateCallbacks, work: InFlightWork): void {
    const instance = this.#instance;
    const hook: RequestHook = (request, reply, done) => {
      const { raw } = reply as FastifyReply;
      callbacks.enter(request, reply, done, (request as FastifyRequest).raw, raw);
    };
    this.#putInFront(hook, callbacks);
    this.#areRepliesAwaited = onReplyAwaited(instance, (reply) => work.gaveBack((reply as FastifyReply).raw));
    const { setNotFoundHandler } = instance;
    // The contexts of plugins inherit it, and call it with themselves as `this`.
    instance.setNotFoundHandler = function gated(this: unknown, ...args) {
      const gatedArgs = args.map((part) =>
        typeof part === 'function' ? behind(hook, part as RouteHandler, callbacks) : part,
      );
      return setNotFoundHandler.apply(this, gatedArgs);
    };
    instance.addHook('onRoute', (route: Route) => this.#register(route, work));
  }

  routesRegistered(tags: readonly RouteTag[]): readonly string[] {
    const isReported = reportsRoutes(this.adapter);
    const areTagsFound = isReported || tags.every((tag) => this.#tags.has(tag));
    this.#areUntaggedExempt = isReported || !areTagsFound;
    return [
      this.#isInFront ? '' : 'the list of onRequest hooks',
      areTagsFound ? '' : 'the config of routes',
    ].filter(Boolean);
  }

  /** The current URLs: later hooks may have changed them. */
  exemptPatterns(mode: MaintenanceMode): readonly unknown[] {
    if (this.#areUntaggedExempt) return [null];
    return this.#exemptRoutes.filter(({ tag }) => mayBeExempt(tag, mode)).map(({ route }) => route.url);
  }

  mayBeExempt(request: object, mode: MaintenanceMode): boolean {
    const { is404, method, routeOptions } = request as FastifyRequest;
    const tag = this.#tagOf(request);
    if (is404 || tag === undefined) return false;
    // A handler is safe for its own methods: middleware may change the method, but not the route.
    const isOwnMethod = [routeOptions.method].flat().includes(method);
    return mayBeExempt(tag, isOwnMethod ? mode : 'full');
  }

  isUnsafe(request: object): boolean {
    return this.#tagOf(request)?.isUnsafe === true;
  }

  hasHandler(request: object): boolean {
    return this.#tagOf(request) !== undefined;
  }

  cors(): RequestHook | undefined {
    return corsHookOf(this.adapter, this.#hooks);
  }

  rawResponse(reply: object): ServerResponse {
    return rawResponseOf(reply);
  }

  takeOver(response: object): ServerResponse {
    const reply = response as FastifyReply;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    return reply.raw;
  }

  /** Fastify's handlers have no `next()`. */
  notFound(_: object, next: Next): void {
    next();
  }

  /** Fastify looks at the raw response too, whose headers middleware sets. */
  getHeader(response: unknown, name: string): number | string | string[] | undefined {
    return (response as FastifyReply).getHeader(name);
  }

  setHeaders(response: unknown, headers: Readonly<Record<string, string>>): void {
    const reply = response as FastifyReply;
    for (const [name, value] of Object.entries(headers)) {
      reply.header(name, name === 'Vary' ? addVary(reply.getHeader('vary'), value) : value);
      // Middleware such as pino-http reads the raw response, which does not have Fastify's headers.
      if (name === 'Maintenance-Mode') reply.raw.setHeader(name, value);
    }
  }

  removeHeaders(response: unknown, names: readonly string[]): void {
    const reply = response as FastifyReply;
    for (const name of names) {
      reply.removeHeader(name);
      reply.raw.removeHeader(name);
    }
  }

  /** By `locals`, since @fastify/view can be registered under another name than `view`. */
  hasViews(): boolean {
    return this.#instance.hasReplyDecorator('locals');
  }

  /** @fastify/view reads `reply.locals`, which hooks of the application may have set. */
  setLocal(response: unknown, name: string, value: unknown): void {
    const reply = response as FastifyReply;
    reply.locals = { ...reply.locals, [name]: value };
  }

  send(response: unknown, { statusCode, headers, body }: Reply): void {
    this.setHeaders(response, headers);
    (response as FastifyReply).code(statusCode).send(body);
  }

  get #instance(): FastifyInstance {
    return this.adapter.getInstance() as FastifyInstance;
  }

  /** `addHook` would add it after the hooks of the adapter and of plugins. */
  #putInFront(hook: RequestHook, callbacks: GateCallbacks): void {
    const lists = onRequestHooks<RequestHook>(this.#instance);
    this.#isInFront = lists.length > 0;
    for (const list of lists) list.unshift(hook);
    const [own = []] = lists;
    this.#hooks = own;
    if (this.#isInFront) return;
    this.#instance.addHook('onRequest', hook);
    (this.adapter.getHttpServer() as Server).prependListener('request', callbacks.sealEarly);
  }

  /** The tag of the handler that the request has been routed to; undefined if it is not one of Nest. */
  #tagOf(request: object): RouteTag | undefined {
    const tag = tagIn((request as FastifyRequest).routeOptions.config);
    return tag ?? (this.#areUntaggedExempt ? UNKNOWN_HANDLER : undefined);
  }

  #register(route: Route, work: InFlightWork): void {
    const tag = tagIn(route.config) ?? tagOf(route.handler);
    const known = tag ?? (reportsRoutes(this.adapter) ? UNKNOWN_HANDLER : undefined);
    if (known && mayBeExempt(known, 'read-only')) this.#exemptRoutes.push({ route, tag: known });
    // A hook of the application may register a route again, with the handler that is already replaced.
    if (this.#tracked.has(route.handler)) return;
    // The adapter of NestJS 11 gives no `config` to the routes of `@All()`.
    if (tag) {
      route.config = withTag(route.config, tag);
      this.#tags.add(tag);
    }
    route.handler = trackHandler(work, route.handler, this.#areRepliesAwaited, rawResponseOf);
    this.#tracked.add(route.handler);
  }
}

/** Fastify does not route a request again if middleware changes its method: what runs is the handler of the first one. */
class FastifyFacts extends AdapterFacts {
  override get method(): string {
    const { method, is404, routeOptions } = this.request as object as FastifyRequest;
    if (is404 || !isSafe(method)) return method;
    const own = [routeOptions.method ?? method].flat();
    return own.includes(method) ? method : (own.find((one) => !isSafe(one)) ?? method);
  }
}

function rawResponseOf(reply: object): ServerResponse {
  return (reply as FastifyReply).raw;
}

/** Fastify calls its 404 handler without hooks if a URL cannot be decoded and no route has the method. */
function behind(hook: RequestHook, handler: RouteHandler, callbacks: GateCallbacks): RouteHandler {
  return function notFound(this: unknown, request, reply) {
    // An exempt handler may cause a 404: `callNotFound()`, or `sendFile()` of a missing file.
    if (callbacks.onNotFound(request)) return handler.call(this, request, reply);
    let result: unknown;
    hook(request, reply, (error) => {
      if (error === undefined) result = handler.call(this, request, reply);
      else (reply as FastifyReply).send(error);
    });
    return result;
  };
}
