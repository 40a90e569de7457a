/** Nest's adapters by their name; only the one that a process uses is loaded. */
export const ADAPTERS = {
  express: async () => new (await import('@nestjs/platform-express')).ExpressAdapter(),
  fastify: async (options) => new (await import('@nestjs/platform-fastify')).FastifyAdapter(options),
};
