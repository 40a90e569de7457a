/**
 * Undocumented parts of Express and its router. `docs/architecture.md` says why no public API is enough. If a member is
 * missing, the accessor returns `undefined` or false, and the caller falls back to what is safe.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Next = (error?: unknown) => void;
type Handle = (request: object, response: object, next?: Next) => unknown;

/** A layer of the `router` package, which Express 5 uses. */
export interface Layer {
  readonly route?: {
    readonly path: unknown;
    readonly stack: readonly Layer[];
    /** Takes into account that GET serves HEAD. */
    _handlesMethod?(method: string): boolean;
  };
  handle: Handle;
  match?(path: string): boolean;
}

export interface ExpressApplication {
  readonly router?: { readonly stack?: readonly Layer[]; handle?: Handle };
  /** The prototype of requests. */
  readonly request: object;
  /** The view engines, by file extension. */
  readonly engines?: Readonly<Record<string, unknown>>;
  handle?(request: IncomingMessage, response: ServerResponse, done?: Next): void;
}

/** All layers of the application's router, in their order. */
export function layersOf({ router }: ExpressApplication): readonly Layer[] | undefined {
  return Array.isArray(router?.stack) ? router.stack : undefined;
}

/** Whether a layer matches this path; undefined: unknown. */
export function matchesPath(layer: Layer, path: string): boolean | undefined {
  return layer.match?.(path);
}

/**
 * Whether a route matches this method and path; undefined: unknown.
 *
 * @throws the router's error for a malformed path.
 */
export function matchesRoute(layer: Layer, method: string, path: string): boolean | undefined {
  const { route } = layer;
  if (typeof route?._handlesMethod !== 'function') return undefined;
  return layer.match?.(path) && route._handlesMethod(method);
}

/** Wraps the router, including its 404. Returns false if that is not possible. */
export function wrapRouter({ router }: ExpressApplication, around: (route: Handle) => Handle): boolean {
  if (typeof router?.handle !== 'function') return false;
  router.handle = around(router.handle.bind(router));
  return true;
}

/** Wraps the whole application. Returns false if that is not possible. */
export function wrapApplication(
  application: ExpressApplication,
  around: (handle: NonNullable<ExpressApplication['handle']>) => NonNullable<ExpressApplication['handle']>,
): boolean {
  if (typeof application.handle !== 'function') return false;
  application.handle = around(application.handle.bind(application));
  return true;
}

/** Whether the application has view engines (`application.engine()`). */
export function hasEngines({ engines }: ExpressApplication): boolean {
  return Object.keys(engines ?? {}).length > 0;
}

/** Whether a layer is the middleware of the `cors` package, by its name. */
export function isCorsLayer({ handle }: Layer): boolean {
  return handle.name === 'corsMiddleware';
}

/**
 * A class of objects with the members of Express's requests (`ip`, `host`, `protocol`). Express itself changes the prototype of
 * each request, which makes everything after it many times slower than the whole response.
 */
export function previewOf({
  request: prototype,
}: ExpressApplication): new (request: IncomingMessage) => object {
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
  return Preview;
}
