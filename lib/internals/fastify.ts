/**
 * Undocumented parts of Fastify and of Nest's adapter for it. `docs/architecture.md` says why no public API is enough. If
 * something is missing, the accessor returns nothing, and the caller falls back to what is safe.
 */
import type { IncomingMessage } from 'node:http';

type Hook = (...args: never[]) => unknown;

type RequestClass = new (
  id: string,
  params: object,
  raw: IncomingMessage,
  query: object,
  log: unknown,
  context: { readonly server: object },
) => object;

/** The value under a symbol that Fastify does not export, found by the description of the symbol. */
function fastifyInternal(instance: object, description: string): unknown {
  for (let target: object | null = instance; target !== null; target = Reflect.getPrototypeOf(target)) {
    const symbol = Object.getOwnPropertySymbols(target).find((key) => key.description === description);
    if (symbol) return Reflect.get(target, symbol);
  }
  return undefined;
}

/** Fastify's class of requests, which applies the proxy settings. */
function requestClass(instance: object): RequestClass | undefined {
  const found = fastifyInternal(instance, 'fastify.Request');
  return typeof found === 'function' ? (found as RequestClass) : undefined;
}

const upgradeRequests = new WeakMap<IncomingMessage, object>();

/** Fastify's request for a WebSocket handshake, so that `ip`, `host` and `protocol` are determined as for HTTP requests. */
export function upgradeRequestOf(raw: IncomingMessage, instance: object): object | undefined {
  let request = upgradeRequests.get(raw);
  if (!request) {
    const Request = requestClass(instance);
    if (!Request) return undefined;
    const query = Object.fromEntries(new URLSearchParams(raw.url?.split('?')[1]));
    request = new Request('', {}, raw, query, Reflect.get(instance, 'log'), { server: instance });
    upgradeRequests.set(raw, request);
  }
  return request;
}

/** The lists of `onRequest` hooks: of the instance first, then of the contexts of its plugins. Empty if they are not found. */
export function onRequestHooks<T extends Hook>(instance: object): T[][] {
  const hooks = (fastifyInternal(instance, 'fastify.hooks') ?? {}) as { readonly onRequest?: T[] };
  const children = (fastifyInternal(instance, 'fastify.children') ?? []) as object[];
  const own = Array.isArray(hooks.onRequest) ? [hooks.onRequest] : [];
  return [...own, ...children.flatMap((child) => onRequestHooks<T>(child))];
}

/** The hook of @fastify/cors: a member of Nest's adapter, or found by its name if the application registers the plugin. */
export function corsHookOf<T extends Hook>(adapter: object, hooks: readonly T[]): T | undefined {
  const { corsHook } = adapter as { corsHook?: T };
  return corsHook ?? hooks.find(({ name }) => name === 'handleCors');
}

type Then = (this: object, ...args: unknown[]) => unknown;

interface ReplyDecorator {
  decorateReply?(name: string, method: Then): void;
}

/** Calls back when a reply is awaited. Returns false if that cannot be seen. */
export function onReplyAwaited(instance: object, callback: (reply: object) => void): boolean {
  const { prototype } = (fastifyInternal(instance, 'fastify.Reply') ?? {}) as {
    readonly prototype?: { readonly then?: Then };
  };
  const then = prototype?.then;
  if (typeof then !== 'function') return false;
  try {
    // Fastify's own one stands in the prototype of the prototype, so this is no second decorator.
    (instance as ReplyDecorator).decorateReply?.('then', function settles(...args) {
      callback(this);
      return then.apply(this, args);
    });
  } catch {
    return false;
  }
  return prototype?.then !== then;
}
