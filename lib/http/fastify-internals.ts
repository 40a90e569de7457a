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
