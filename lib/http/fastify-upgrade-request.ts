import type { IncomingMessage } from 'node:http';
import { fastifyInternal } from './fastify-internals.js';

/** As Fastify makes one for a route, of which there is none. */
type RequestClass = new (
  id: string,
  params: object,
  raw: IncomingMessage,
  query: object,
  log: unknown,
  context: { readonly server: object },
) => object;

const known = new WeakMap<IncomingMessage, object>();

/**
 * Fastify's own view of a request that asks for a WebSocket, so that `ip`, `host` and `protocol` say what they say for HTTP.
 * Fastify keeps the class, which has the proxy settings in it, under a symbol.
 *
 * @returns null where it keeps it no more: then nobody is exempt by an address.
 */
export function fastifyUpgradeRequest(raw: IncomingMessage, instance: unknown): object | null {
  let request = known.get(raw);
  if (!request) {
    const Request = typeof instance === 'object' && instance !== null ? requestClassOf(instance) : null;
    if (Request === null) return null;
    const query = Object.fromEntries(new URLSearchParams(raw.url?.split('?')[1]));
    request = new Request('', {}, raw, query, Reflect.get(instance as object, 'log'), {
      server: instance as object,
    });
    known.set(raw, request);
  }
  return request;
}

function requestClassOf(instance: object): RequestClass | null {
  const found = fastifyInternal(instance, 'fastify.Request');
  return typeof found === 'function' ? (found as RequestClass) : null;
}
