import type { IncomingMessage } from 'node:http';
import { fastifyRequestClass } from './fastify-internals.js';

const known = new WeakMap<IncomingMessage, object>();

/**
 * Fastify's own view of a request that asks for a WebSocket, so that `ip`, `host` and `protocol` say what they say for HTTP.
 *
 * @returns null where it keeps it no more: then nobody is exempt by an address.
 */
export function fastifyUpgradeRequest(raw: IncomingMessage, instance: unknown): object | null {
  let request = known.get(raw);
  if (!request) {
    const Request = typeof instance === 'object' && instance !== null ? fastifyRequestClass(instance) : null;
    if (Request === null) return null;
    const query = Object.fromEntries(new URLSearchParams(raw.url?.split('?')[1]));
    request = new Request('', {}, raw, query, Reflect.get(instance as object, 'log'), {
      server: instance as object,
    });
    known.set(raw, request);
  }
  return request;
}
