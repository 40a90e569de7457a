import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import {
  type Destination,
  destinationOfUnmarked,
  type Door,
  type Doorkeeper,
  type RequestHook,
  type RouteHandler,
  type RouteMark,
} from './door.js';

/** Of the `router` package, which Express 5 is built on. */
interface Layer {
  readonly route?: { readonly stack: Layer[]; _handlesMethod(method: string): boolean };
  handle: RouteHandler;
  match(path: string): boolean;
}

interface ExpressApplication {
  readonly router: { readonly stack: Layer[] };
  use(hook: RequestHook): void;
}

interface ExpressRequest extends IncomingMessage {
  readonly method: string;
  readonly path: string;
}

const MARK = Symbol('nestjs-maintenance-mode:route');

/** The marks of the handlers that stand in routers. */
const marks = new WeakMap<RouteHandler, RouteMark>();

export const expressDoor: Door = {
  /** In front of all layers, those too that an Express application of the user's own has brought with it. */
  hang(adapter, keeper) {
    const application = instanceOf(adapter);
    application.use(function maintenanceGate(request, response, next) {
      keeper.enter(request, response, next);
    });
    const { stack } = application.router;
    stack.unshift(...stack.splice(-1));
  },

  routesRegistered(adapter, keeper) {
    const { stack } = instanceOf(adapter).router;
    for (const [index, { route }] of stack.entries()) {
      for (const layer of route?.stack ?? []) {
        // Nest copies the metadata of a method to the function that it registers.
        const mark = Reflect.getMetadata(MARK, layer.handle) as RouteMark | undefined;
        if (mark === undefined) continue;
        const handle = keeper.wrap(layer.handle, mark);
        layer.handle = mark.open ? watchOver(handle, adapter, keeper, index) : handle;
        marks.set(layer.handle, mark);
      }
    }
  },

  mark(handler, mark) {
    Reflect.defineMetadata(MARK, mark, handler);
  },

  destination: (adapter, request) => destinationAmong(instanceOf(adapter).router.stack, adapter, request),

  cors(adapter, request) {
    const { path } = request as ExpressRequest;
    const { stack } = instanceOf(adapter).router;
    const layer = stack.find(
      (candidate) => candidate.handle.name === 'corsMiddleware' && candidate.match(path),
    );
    return layer?.handle as RequestHook | undefined;
  },

  raw: (request, response) => ({
    request: request as IncomingMessage,
    response: response as ServerResponse,
  }),

  takeOver: (response) => response as ServerResponse,
};

function instanceOf(adapter: HttpServer): ExpressApplication {
  return adapter.getInstance() as ExpressApplication;
}

function destinationAmong(layers: readonly Layer[], adapter: HttpServer, request: object): Destination {
  const { method, path } = request as ExpressRequest;
  let destination: Destination = 'elsewhere';
  for (const layer of layers) {
    const { route } = layer;
    if (!route || !layer.match(path) || !route._handlesMethod(method)) continue;
    for (const { handle } of route.stack) {
      const mark = marks.get(handle);
      if (mark?.open ?? destinationOfUnmarked(adapter) === 'open') return 'open';
      if (mark) destination = 'handler';
    }
  }
  return destination;
}

/** An open handler that is bound to a host or a version may pass the request on to what stands behind it. */
function watchOver(
  handler: RouteHandler,
  adapter: HttpServer,
  keeper: Doorkeeper,
  index: number,
): RouteHandler {
  return (request, response, next) =>
    handler(request, response, (error) => {
      if (error !== undefined || next === undefined) {
        next?.(error);
        return;
      }
      const behind = instanceOf(adapter).router.stack.slice(index + 1);
      keeper.declined(request, response, next, destinationAmong(behind, adapter, request));
    });
}
