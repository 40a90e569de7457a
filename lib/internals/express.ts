/**
 * What Express and its router do not document. `docs/architecture.md` says why nothing public serves. If a member is
 * missing, an accessor returns `undefined`, and the caller falls back to what is safe.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Next = (error?: unknown) => void;
type Handle = (request: object, response: object, next?: Next) => unknown;

/** Of the `router` package, on which Express 5 is built. */
export interface Layer {
  readonly route?: {
    readonly path: unknown;
    readonly stack: readonly Layer[];
    /** A route's own answer: it knows that HEAD is served by GET. */
    _handlesMethod?(method: string): boolean;
  };
  handle: Handle;
  match?(path: string): boolean;
}

export interface ExpressApplication {
  readonly router?: { readonly stack?: readonly Layer[]; handle?: Handle };
  /** The prototype of requests. */
  readonly request: object;
  handle?(request: IncomingMessage, response: ServerResponse, done?: Next): void;
}

/** All layers of the application's router, in their order. */
export function layersOf({ router }: ExpressApplication): readonly Layer[] | undefined {
  return Array.isArray(router?.stack) ? router.stack : undefined;
}

/** Whether a layer is for requests to this path; undefined: the router does not tell. */
export function matchesPath(layer: Layer, path: string): boolean | undefined {
  return typeof layer.match === 'function' ? layer.match(path) : undefined;
}

/**
 * Whether a route is for requests with this method and path; undefined: the router does not tell.
 *
 * @throws what the router throws for a path that it cannot read.
 */
export function matchesRoute(layer: Layer, method: string, path: string): boolean | undefined {
  const { route } = layer;
  if (typeof route?._handlesMethod !== 'function') return undefined;
  return matchesPath(layer, path) && route._handlesMethod(method);
}

/** Puts `around` in front of the router and its 404. Returns false if that is not possible. */
export function wrapRouter({ router }: ExpressApplication, around: (route: Handle) => Handle): boolean {
  if (typeof router?.handle !== 'function') return false;
  router.handle = around(router.handle.bind(router));
  return true;
}

/** Puts `around` in front of the application. Returns false if that is not possible. */
export function wrapApplication(
  application: ExpressApplication,
  around: (handle: NonNullable<ExpressApplication['handle']>) => NonNullable<ExpressApplication['handle']>,
): boolean {
  if (typeof application.handle !== 'function') return false;
  application.handle = around(application.handle.bind(application));
  return true;
}

/** Nest's CORS middleware, found by its name, which the `cors` package gives it. */
export function isCorsLayer({ handle }: Layer): boolean {
  return handle.name === 'corsMiddleware';
}

/**
 * Makes objects that have the members of Express's requests (`ip`, `host`, `protocol`) without being requests. Express
 * itself changes the prototype of each request, which makes everything after it many times slower than an answer.
 */
export function previewsOf({ request: prototype }: ExpressApplication): (request: IncomingMessage) => object {
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
