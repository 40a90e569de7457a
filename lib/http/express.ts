import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type HttpServer, NotFoundException } from '@nestjs/common';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import {
  type ExpressApplication,
  hasEngines,
  isCorsLayer,
  type Layer,
  layersOf,
  matchesPath,
  matchesRoute,
  previewOf,
  wrapApplication,
  wrapRouter,
} from '../internals/express.js';
import { type InFlightWork, trackHandler } from '../drain/in-flight-work.js';
import { mayBeExempt, reportsRoutes, type RouteTag, tagOf, UNKNOWN_HANDLER } from '../internals/nest.js';
import { addVary } from '../response/raw-response.js';
import {
  type AdapterBridge,
  AdapterFacts,
  type Exchange,
  type GateCallbacks,
  type Next,
  type NextRoute,
  type Reply,
  type RequestHook,
  type RouteHandler,
} from './adapter-bridge.js';

interface Application extends ExpressApplication {
  get(setting: string): unknown;
}

interface ExpressRequest extends IncomingMessage {
  readonly method: string;
  readonly path: string;
  url: string;
  originalUrl: string;
}

interface ExpressResponse extends ServerResponse {
  readonly locals: Record<string, unknown>;
}

export class ExpressBridge implements AdapterBridge {
  /** The routes with handlers of Nest, in their order. */
  #routes: readonly Layer[] = [];
  /** Those that may be exempt in a mode: few, and checked for each blocked request. */
  #exemptRoutes: Readonly<Record<MaintenanceMode, readonly Layer[]>> = { full: [], 'read-only': [] };
  /** Those whose handlers are all `@MaintenanceSafe(false)`. */
  #unsafeRoutes: readonly Layer[] = [];
  /** The registered handlers of Nest. */
  readonly #tags = new WeakMap<RouteHandler, RouteTag>();
  /** Searched again if the number of layers has changed. */
  #cors: { readonly layers: readonly Layer[]; readonly among: number } | undefined;
  #callbacks: GateCallbacks | undefined;
  #work: InFlightWork | undefined;
  #isInFront = false;
  #hasLayers = false;
  readonly #application: Application;

  constructor(private readonly adapter: HttpServer) {
    this.#application = adapter.getInstance() as Application;
  }

  facts(request: unknown): RequestFacts {
    return new AdapterFacts(request);
  }

  /** Changes the prototype of the request, as Express does, so that it has members such as `ip`. */
  upgradeFacts(request: IncomingMessage): RequestFacts {
    const { request: prototype } = this.#application;
    if (!prototype.isPrototypeOf(request)) {
      Object.setPrototypeOf(request, prototype);
      Object.assign(request, { originalUrl: request.url });
    }
    return this.facts(request);
  }

  /**
   * Before the router, so before all layers: also those of an Express instance that was passed to Nest, and the router's own
   * 404 for a URL without a path.
   */
  install(callbacks: GateCallbacks, work: InFlightWork): void {
    this.#callbacks = callbacks;
    this.#work = work;
    const application = this.#application;
    this.#hasLayers = layersOf(application) !== undefined;
    this.#isInFront = wrapRouter(application, (route) => (request, response, done) => {
      const incoming = request as ExpressRequest;
      incoming.originalUrl ||= incoming.url;
      const next: Next = (error) => {
        if (error === undefined) route(request, response, done);
        else done?.(error);
      };
      callbacks.enter(request, response, next, incoming, response as ServerResponse);
    });
    if (!this.#isInFront) {
      this.adapter.use(((request, response, next) =>
        callbacks.enter(
          request,
          response,
          next,
          request as IncomingMessage,
          response as ServerResponse,
        )) satisfies RequestHook);
      (this.adapter.getHttpServer() as Server).prependListener('request', callbacks.sealEarly);
    }
    const { tryFastPath } = callbacks;
    if (!tryFastPath) return;
    const Preview = previewOf(application);
    // If this is not possible, requests are answered a little later, before the router.
    wrapApplication(application, (handle) => (request, response, done) => {
      if (!tryFastPath(request, response, Preview)) handle(request, response, done);
    });
  }

  routesRegistered(tags: readonly RouteTag[]): readonly string[] {
    const routes = (layersOf(this.#application) ?? []).filter(({ route }) => route);
    const found = new Set(routes.flatMap(({ route }) => route?.stack.map(({ handle }) => tagOf(handle))));
    const isReported = reportsRoutes(this.adapter);
    const areTagsFound = isReported || tags.every((tag) => found.has(tag));
    // Without tags, every route may have a handler of Nest that is exempt.
    const areUntaggedExempt = isReported || !areTagsFound;
    this.#routes = routes.filter((layer) => this.#register(layer, areUntaggedExempt));
    this.#exemptRoutes = {
      full: routes.filter((layer) => this.#isExempt(layer, 'full')),
      'read-only': routes.filter((layer) => this.#isExempt(layer, 'read-only')),
    };
    this.#unsafeRoutes = routes.filter(({ route }) =>
      route?.stack.every(({ handle }) => this.#tags.get(handle)?.isUnsafe),
    );
    return [
      this.#isInFront ? '' : 'router.handle()',
      layersOf(this.#application) ? '' : 'router.stack',
      areTagsFound || routes.length === 0 ? '' : 'the metadata of handlers',
      routes.some((layer) => matchesRoute(layer, 'GET', '/') === undefined) ? 'route._handlesMethod()' : '',
    ].filter(Boolean);
  }

  exemptPatterns(mode: MaintenanceMode): readonly unknown[] {
    if (!layersOf(this.#application)) return [null];
    return this.#exemptRoutes[mode].flatMap(({ route }) => route?.path ?? null);
  }

  mayBeExempt(request: object, mode: MaintenanceMode): boolean {
    return !this.#hasLayers || mayMatch(this.#exemptRoutes[mode], request);
  }

  /** Not if another route matches too: it may come first, or the host or the version may decide between them. */
  isUnsafe(request: object): boolean {
    if (this.#unsafeRoutes.length === 0 || !mayMatch(this.#unsafeRoutes, request)) return false;
    const layers = layersOf(this.#application) ?? [];
    return layers.every((layer) => this.#unsafeRoutes.includes(layer) || !mayMatch([layer], request));
  }

  hasHandler(request: object): boolean {
    return !this.#hasLayers || mayMatch(this.#routes, request);
  }

  cors(request: object): RequestHook | undefined {
    const layers = layersOf(this.#application) ?? [];
    if (this.#cors?.among !== layers.length)
      this.#cors = { layers: layers.filter(isCorsLayer), among: layers.length };
    return this.#cors.layers.find((layer) => matchesPath(layer, (request as ExpressRequest).path))?.handle;
  }

  rawResponse(response: object): ServerResponse {
    return response as ServerResponse;
  }

  takeOver(response: object): ServerResponse {
    return response as ServerResponse;
  }

  /** An error skips all layers except error handlers. Nest's turns it into a 404, as if no route had matched. */
  notFound(request: object, next: Next): void {
    const { method, originalUrl, path } = request as ExpressRequest;
    const isHeard = layersOf(this.#application)?.some(
      (layer) => !layer.route && layer.handle.length === 4 && matchesPath(layer, path),
    );
    next(isHeard ? new NotFoundException(`Cannot ${method} ${originalUrl}`) : 'router');
  }

  getHeader(response: unknown, name: string): number | string | string[] | undefined {
    return (response as ServerResponse).getHeader(name);
  }

  setHeaders(response: unknown, headers: Readonly<Record<string, string>>): void {
    const target = response as ServerResponse;
    for (const [name, value] of Object.entries(headers)) {
      target.setHeader(name, name === 'Vary' ? addVary(target.getHeader('Vary'), value) : value);
    }
  }

  removeHeaders(response: unknown, names: readonly string[]): void {
    for (const name of names) (response as ServerResponse).removeHeader(name);
  }

  hasViews(): boolean {
    return hasEngines(this.#application) || this.#application.get('view engine') !== undefined;
  }

  setLocal(response: unknown, name: string, value: unknown): void {
    (response as ExpressResponse).locals[name] = value;
  }

  /** Not by `response.send()`, which would add an ETag. */
  send(response: unknown, { statusCode, headers, body }: Reply): void {
    const target = response as ServerResponse;
    this.setHeaders(response, headers);
    target.statusCode = statusCode;
    target.end(body);
  }

  /** Whether the route has a handler of Nest. Replaces each by a function that counts it and notices `next()`. */
  #register(layer: Layer, areUntaggedExempt: boolean): boolean {
    const handlers = layer.route?.stack ?? [];
    for (const handlerLayer of handlers) {
      const tag = tagOf(handlerLayer.handle);
      const isErrorHandler = handlerLayer.handle.length > 3;
      if (isErrorHandler || (tag === undefined && !areUntaggedExempt)) continue;
      const tracked = this.#work ? trackHandler(this.#work, handlerLayer.handle, false) : handlerLayer.handle;
      const known = tag ?? UNKNOWN_HANDLER;
      handlerLayer.handle = mayBeExempt(known, 'read-only')
        ? this.#watchingFallThrough(tracked, layer)
        : tracked;
      this.#tags.set(handlerLayer.handle, known);
    }
    return handlers.some(({ handle }) => this.#tags.has(handle));
  }

  #isExempt({ route }: Layer, mode: MaintenanceMode): boolean {
    const tags = route?.stack.map(({ handle }) => this.#tags.get(handle)) ?? [];
    return tags.some((tag) => tag !== undefined && mayBeExempt(tag, mode));
  }

  /** An exempt handler may call `next()`, and Nest does so for a handler with another host or version. */
  #watchingFallThrough(handler: RouteHandler, layer: Layer): RouteHandler {
    return (request, response, next) =>
      handler(request, response, (error) => {
        if (next === undefined) return;
        // Express goes on to the next route for these.
        if (!error || error === 'route') {
          const goOn: Next = (failure) => next(failure ?? error);
          this.#callbacks?.onFallThrough(exchangeOf(request, response), goOn, this.#behind(layer, request));
          return;
        }
        // A handler of errors may call `next()` too.
        this.#callbacks?.onNotFound(request);
        next(error);
      });
  }

  /** Looks past handlers of Nest that are not exempt, since these may call `next()` as well. */
  #behind(layer: Layer, request: object): NextRoute {
    // Routes may have been registered since.
    const layers = layersOf(this.#application) ?? [];
    const routes = layers.slice(layers.indexOf(layer) + 1).filter((one) => mayMatch([one], request));
    for (const route of routes) {
      if (this.#isExempt(route, 'read-only')) return 'may-be-exempt';
      if (!route.route?.stack.some(({ handle }) => this.#tags.has(handle))) return 'other';
    }
    return routes.length > 0 ? 'closed-handler' : 'none';
  }
}

function exchangeOf(request: object, response: object): Exchange {
  return {
    request,
    response,
    rawRequest: request as IncomingMessage,
    rawResponse: response as ServerResponse,
  };
}

/** Whether one of the routes may match the request: true if the router does not say, false for a malformed path. */
function mayMatch(layers: readonly Layer[], request: object): boolean {
  const { method, path } = request as ExpressRequest;
  try {
    for (const layer of layers) if (layer.route && matchesRoute(layer, method, path) !== false) return true;
  } catch {
    // The router's error for a malformed path.
  }
  return false;
}
