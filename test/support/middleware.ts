import { createRequire } from 'node:module';

type Middleware = (request: object, response: object, next: (error?: unknown) => void) => void;
type Factory = (options?: unknown) => Middleware;

const load = createRequire(import.meta.url);

/** Middleware that wraps the methods of a response, or waits for its end. */
export const wrappers: readonly (readonly [name: string, make: () => Middleware])[] = [
  ['compression', () => (load('compression') as Factory)({ threshold: 0 })],
  [
    'express-session',
    () => (load('express-session') as Factory)({ secret: 's', resave: true, saveUninitialized: true }),
  ],
  ['cookie-session', () => (load('cookie-session') as Factory)({ name: 'c', keys: ['k'] })],
  [
    'morgan',
    () =>
      (load('morgan') as (format: string, options: object) => Middleware)('tiny', {
        stream: { write: () => undefined },
      }),
  ],
  ['response-time', () => (load('response-time') as Factory)()],
  ['connect-timeout', () => (load('connect-timeout') as (time: string) => Middleware)('10s')],
  [
    'on-headers',
    () => {
      const onHeaders = load('on-headers') as (response: object, listener: () => void) => void;
      return (_request, response, next) => {
        onHeaders(response, function (this: { setHeader(name: string, value: string): void }) {
          this.setHeader('X-On-Headers', 'late');
        });
        next();
      };
    },
  ],
  ['helmet', () => (load('helmet') as { default: Factory }).default()],
];

/** The plugins of Fastify that do the same: a hook that compresses what is sent, a session that is saved before. */
export async function registerWrappers(instance: object): Promise<void> {
  const fastify = instance as { register(plugin: unknown, options?: object): PromiseLike<unknown> };
  await fastify.register(load('@fastify/compress'), { threshold: 0 });
  await fastify.register(load('@fastify/cookie'));
  await fastify.register(load('@fastify/session'), {
    secret: 'a secret with the minimum length of 32 characters',
    cookie: { secure: false },
    saveUninitialized: true,
  });
}
