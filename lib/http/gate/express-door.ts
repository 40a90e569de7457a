import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type HttpServer, NotFoundException } from '@nestjs/common';
import {
  type Behind,
  type Door,
  type Doorkeeper,
  type Front,
  mayLackMarks,
  type Next,
  type RequestHook,
  type RouteHandler,
  type RouteMark,
} from './door.js';
import { Search } from './search.js';

/** A route's own answer, which knows that HEAD is served by GET. */
const HANDLES_METHOD = '_handlesMethod';

/** Of the `router` package, which Express 5 is built on. */
interface Layer {
  readonly route?: {
    readonly path: unknown;
    readonly stack: Layer[];
    [HANDLES_METHOD](method: string): boolean;
  };
  handle: RouteHandler;
  match(path: string): boolean;
}

interface ExpressApplication {
  readonly router: { readonly stack: Layer[]; handle: RequestHook };
  /** What requests inherit from. */
  readonly request: object;
  handle(request: IncomingMessage, response: ServerResponse, done?: Next): void;
}

interface ExpressRequest extends IncomingMessage {
  readonly method: string;
  readonly path: string;
  url: string;
  originalUrl: string;
}

const MARK = Symbol('nestjs-maintenance-mode:route');

/** The handlers of Nest that stand in routers. */
const handlers = new WeakSet<RouteHandler>();
/** Those of them that may be open. */
const openHandlers = new WeakSet<RouteHandler>();
/** The routes of an application with handlers that may be open, in their order: few, and asked for each blocked request. */
const openRoutes = new WeakMap<ExpressApplication, readonly Layer[]>();
const corsLayers = new WeakMap<ExpressApplication, Search<Layer>>();

export const expressDoor: Door = {
  /**
   * In front of the router: of all layers, those too that an Express application of the user's own has brought with it,
   * and of the router's own 404 for a URL in which it finds no path.
   */
  hang(adapter, keeper) {
    const application = instanceOf(adapter);
    const { router } = application;
    corsLayers.set(application, new Search(() => router.stack, isCors));
    const route = router.handle.bind(router);
    router.handle = (request, response, done) => {
      const incoming = request as ExpressRequest;
      incoming.originalUrl ||= incoming.url;
      keeper.enter(
        request,
        response,
        (error) => void (error === undefined ? route(request, response, done) : done(error)),
      );
    };
    const handle = application.handle.bind(application);
    const front = { preview: previewOf(application.request), listener: application };
    application.handle = (request, response, done) => {
      if (!keeper.answersAtOnce(request, response, front)) handle(request, response, done);
    };
  },

  routesRegistered(adapter, keeper) {
    const application = instanceOf(adapter);
    const open: Layer[] = [];
    openRoutes.set(application, open);
    for (const layer of application.router.stack) {
      for (const handlerLayer of layer.route?.stack ?? []) {
        // Nest copies the metadata of a method to the function that it registers.
        const mark = Reflect.getMetadata(MARK, handlerLayer.handle) as RouteMark | undefined;
        if (mark?.open ?? mayLackMarks(adapter)) open.push(layer);
        if (mark === undefined) continue;
        const handle = keeper.wrap(handlerLayer.handle);
        handlerLayer.handle = mark.open
          ? watchOver(handle, keeper, () => layersBehind(application, layer))
          : handle;
        handlers.add(handlerLayer.handle);
        if (mark.open) openHandlers.add(handlerLayer.handle);
      }
    }
  },

  mark(handler, mark) {
    Reflect.defineMetadata(MARK, mark, handler);
  },

  openPatterns: (adapter) =>
    (openRoutes.get(instanceOf(adapter)) ?? []).flatMap(({ route }) => route?.path ?? null),

  mayBeOpen: (adapter, request) => matchesAny(openRoutes.get(instanceOf(adapter)) ?? [], request),

  hasHandler(adapter, request) {
    const layers = instanceOf(adapter).router.stack;
    return matchesAny(
      layers.filter(({ route }) => route?.stack.some(({ handle }) => handlers.has(handle))),
      request,
    );
  },

  cors(adapter, request) {
    const layers = corsLayers.get(instanceOf(adapter))?.found ?? [];
    return layers.find((layer) => layer.match((request as ExpressRequest).path))?.handle;
  },

  rawRequest: (request) => request as IncomingMessage,

  rawResponse: (response) => response as ServerResponse,

  takeOver: (response) => response as ServerResponse,

  /** An error goes past all layers but those for errors, of which Nest's own makes a 404 as if no route had matched. */
  notFound(adapter, request, next) {
    const { method, originalUrl, path } = request as ExpressRequest;
    const isHeard = instanceOf(adapter).router.stack.some(
      (layer) => !layer.route && layer.handle.length === 4 && layer.match(path),
    );
    next(isHeard ? new NotFoundException(`Cannot ${method} ${originalUrl}`) : 'router');
  },
};

function instanceOf(adapter: HttpServer): ExpressApplication {
  return adapter.getInstance() as ExpressApplication;
}

/**
 * Makes what inherits from Express's request as a request would. Express changes the prototypes of request and response
 * themselves, which makes all that follows many times slower than to answer.
 */
function previewOf(prototype: object): Front['preview'] {
  class Preview {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly originalUrl: string | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly socket: Socket;
    readonly httpVersionMajor: number;

    constructor(request: IncomingMessage & { readonly originalUrl?: string }) {
      this.method = request.method;
      this.url = request.url;
      this.originalUrl = request.originalUrl ?? request.url;
      this.headers = request.headers;
      this.socket = request.socket;
      this.httpVersionMajor = request.httpVersionMajor;
    }
  }
  Object.setPrototypeOf(Preview.prototype, prototype);
  return (request) => new Preview(request);
}

function isCors({ handle }: Layer): boolean {
  return handle.name === 'corsMiddleware';
}

function matchesAny(layers: readonly Layer[], request: object): boolean {
  const { method, path } = request as ExpressRequest;
  return layers.some((layer) => layer.match(path) && layer.route?.[HANDLES_METHOD](method) === true);
}

/** An open handler may call `next()`, and one that is bound to a host or a version may decline the request. */
function watchOver(handler: RouteHandler, keeper: Doorkeeper, behind: () => readonly Layer[]): RouteHandler {
  return (request, response, next) =>
    handler(request, response, (error) => {
      if (error === undefined && next !== undefined) {
        keeper.declined(request, response, next, whatIsBehind(behind(), request));
      } else next?.(error);
    });
}

/** Those of the application's router, in which other routes may have been registered since. */
function layersBehind({ router }: ExpressApplication, layer: Layer): readonly Layer[] {
  return router.stack.slice(router.stack.indexOf(layer) + 1);
}

/** A closed handler may decline too, but a route of the adapter itself would run. */
function whatIsBehind(layers: readonly Layer[], request: object): Behind {
  let behind: Behind = 'nothing';
  for (const layer of layers.filter((one) => one.route && matchesAny([one], request))) {
    const ofRoute = layer.route?.stack ?? [];
    if (ofRoute.some(({ handle }) => openHandlers.has(handle))) return 'open';
    if (!ofRoute.some(({ handle }) => handlers.has(handle))) return 'closed';
    behind = 'closed';
  }
  return behind;
}
