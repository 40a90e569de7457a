import type { ServerResponse } from 'node:http';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { AdapterFacts, type AdapterRequest } from './adapter-facts.js';
import { fastifyUpgradeRequest } from './fastify-upgrade-request.js';
import { fastifyDoor } from './gate/fastify-door.js';
import { addVary, type HttpPlatform, type Reply } from './http-platform.js';

interface FastifyReply {
  readonly raw: Pick<ServerResponse, 'setHeader'>;
  getHeader(name: string): number | string | string[] | undefined;
  header(name: string, value: string): this;
  locals?: Record<string, unknown>;
  code(statusCode: number): this;
  send(body: Buffer | string): this;
}

interface FastifyInstance {
  hasReplyDecorator(name: string): boolean;
}

export const fastifyPlatform: HttpPlatform = {
  door: fastifyDoor,

  facts: (request) => new AdapterFacts(request as AdapterRequest),

  upgradeFacts(request, instance): RequestFacts {
    const adapters = fastifyUpgradeRequest(request, instance);
    if (adapters !== null) return this.facts(adapters);
    const { method = 'GET', url = '', headers, socket } = request;
    return { method, url, headers, host: headers.host ?? '', secure: 'encrypted' in socket, request };
  },

  setHeaders(response, headers): void {
    const reply = response as FastifyReply;
    for (const [name, value] of Object.entries(headers)) {
      reply.header(name, name === 'Vary' ? addVary(reply.getHeader('vary'), value) : value);
      // Fastify's headers go past the raw response, which is all that middleware such as pino-http looks at.
      if (name === 'Maintenance-Mode') reply.raw.setHeader(name, value);
    }
  },

  hasViews(instance) {
    // Of @fastify/view, which can be given another name than `view`.
    return (instance as FastifyInstance).hasReplyDecorator('locals');
  },

  /** @fastify/view reads `reply.locals`, which hooks of the application may have set. */
  setLocal(response, name, value) {
    const reply = response as FastifyReply;
    reply.locals = { ...reply.locals, [name]: value };
  },

  send(response, { statusCode, headers, body }: Reply): void {
    this.setHeaders(response, headers);
    (response as FastifyReply).code(statusCode).send(body);
  },
};
