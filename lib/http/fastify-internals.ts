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

/**
 * What Fastify keeps under a symbol of its own, and gives no public way to.
 *
 * @param description of the symbol, such as `fastify.hooks`.
 * @returns undefined where Fastify keeps it no more.
 */
export function fastifyInternal(instance: object, description: string): unknown {
  for (let target: object | null = instance; target !== null; target = Reflect.getPrototypeOf(target)) {
    const symbol = Object.getOwnPropertySymbols(target).find((key) => key.description === description);
    if (symbol) return Reflect.get(target, symbol);
  }
  return undefined;
}

/** The class of requests, which has the proxy settings in it; null where Fastify keeps it no more. */
export function fastifyRequestClass(instance: object): RequestClass | null {
  const found = fastifyInternal(instance, 'fastify.Request');
  return typeof found === 'function' ? (found as RequestClass) : null;
}

/** The lists of `onRequest` hooks: of the instance first, then of the contexts that plugins were given. */
export function onRequestHooks<T extends Hook>(instance: object): T[][] {
  const hooks = (fastifyInternal(instance, 'fastify.hooks') ?? {}) as { readonly onRequest?: T[] };
  const children = (fastifyInternal(instance, 'fastify.children') ?? []) as object[];
  const own = hooks.onRequest;
  return [...(own ? [own] : []), ...children.flatMap((child) => onRequestHooks<T>(child))];
}
