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

/** The lists of hooks: of the instance first, then of the contexts that plugins were given. */
export function fastifyHooks<T extends Hook>(instance: object, name: 'onRequest' | 'onResponse'): T[][] {
  const hooks = (fastifyInternal(instance, 'fastify.hooks') ?? {}) as Record<typeof name, T[] | undefined>;
  const children = (fastifyInternal(instance, 'fastify.children') ?? []) as object[];
  const own = hooks[name];
  return [...(own ? [own] : []), ...children.flatMap((child) => fastifyHooks<T>(child, name))];
}
