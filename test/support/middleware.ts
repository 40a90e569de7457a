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
  ['helmet', () => (load('helmet') as { default: Factory }).default()],
];
