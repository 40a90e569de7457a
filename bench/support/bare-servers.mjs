/** Servers that only say what the module says: the least that an answer can cost. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import fastify from 'fastify';

/** Express adds it by itself, where it is not told otherwise. */
const EXPRESS_HEADER = 'x-powered-by';

/** The answers are prepared, as the module's are. */
const LISTENERS = {
  http: ({ statusCode, headers, body }) => ({
    server: createServer((_request, response) => {
      response.writeHead(statusCode, headers);
      response.end(body);
    }),
  }),

  /** The first layer of the application. */
  express: ({ statusCode, headers: { [EXPRESS_HEADER]: poweredBy, ...headers }, body }) => {
    const app = express().set(EXPRESS_HEADER, poweredBy !== undefined);
    app.use((_request, response) => {
      response.writeHead(statusCode, headers);
      response.end(body);
    });
    return { server: createServer(app) };
  },

  /** A hook, where the module's gate stands too, for a URL that has a route. */
  fastify: ({ statusCode, headers, body }) => {
    const app = fastify();
    app.addHook('onRequest', (_request, reply, _done) => {
      reply.code(statusCode).headers(headers).send(body);
    });
    app.get('/*', async () => 'never');
    return { server: app.server, ready: () => app.ready() };
  },
};

/** @param spec.answer what `seeAnswer` has seen. */
export async function startBare({ bare, answer }) {
  const body = Buffer.from(answer.body, 'utf8');
  const { server, ready } = LISTENERS[bare]({ ...answer, body });
  await ready?.();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, close: () => server.close() };
}
