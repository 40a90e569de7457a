import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { fastifyHooks, fastifyInternal, fastifyRequestClass } from '../fastify-internals.js';
import type { Doorkeeper, Front } from './door.js';

/** What is needed of an instance of Fastify. */
interface FastifyInstance {
  readonly server: Server;
  readonly log: Readonly<Record<'info' | 'error', unknown>>;
  readonly childLoggerFactory: { readonly name: string };
  /** What Fastify hears of requests with. */
  readonly routing: (request: IncomingMessage, response: ServerResponse) => void;
}

/** In NestJS's adapter, which asks it in a hook of its own. */
interface WithResponseHook {
  readonly onResponseHook?: unknown;
}

/**
 * Answers at the server, in front of Fastify, where nothing of the application would notice. Fastify makes two objects of
 * a request, and listens to the end of its response, before it asks the first hook.
 *
 * @param hasCors whether answers need the headers of a hook.
 */
export function standInFront(adapter: HttpServer, keeper: Doorkeeper, hasCors: () => boolean): void {
  const instance = adapter.getInstance() as FastifyInstance;
  const { server, routing } = instance;
  const preview = previewOf(instance);
  const state = fastifyInternal(instance, 'fastify.state') as { readonly closing: boolean } | undefined;
  // The server of a context belongs to others too, and so may one whose listener is not Fastify's own.
  if (!Object.hasOwn(instance, 'routing') || !server.listeners('request').includes(routing)) return;
  if (preview === null || !state) return;
  let isNoticed: boolean | undefined;
  const listener: typeof routing = (request, response) => {
    if (!keeper.answersAtOnce(request, response, front)) routing(request, response);
  };
  const front: Front = {
    // Fastify takes no more hooks when the first request comes; what its adapter has of its own may change.
    mayAnswer: () =>
      !state.closing &&
      !(isNoticed ??= notices(instance)) &&
      !hasCors() &&
      (adapter as WithResponseHook).onResponseHook === undefined,
    preview,
    listener,
  };
  server.off('request', routing);
  server.on('request', listener);
}

/** Makes what inherits from Fastify's request as a request would. */
function previewOf(instance: object): Front['preview'] | null {
  const Request = fastifyRequestClass(instance);
  if (Request === null) return null;
  class Preview {
    constructor(readonly raw: IncomingMessage) {}
  }
  Object.setPrototypeOf(Preview.prototype, Request.prototype as object);
  return (request) => new Preview(request);
}

/** Whether Fastify rewrites URLs, logs requests, or tells hooks of their end. What cannot be seen may be there. */
function notices(instance: FastifyInstance): boolean {
  const options = fastifyInternal(instance, 'fastify.options') as Record<string, unknown> | undefined;
  const responseHooks = fastifyHooks(instance, 'onResponse');
  return (
    options === undefined ||
    ['rewriteUrl', 'logController', 'loggerInstance'].some((name) => options[name] !== undefined) ||
    !isSilent(instance) ||
    responseHooks.length === 0 ||
    // One is that by which NestJS's adapter serves `setOnResponseHook`.
    responseHooks.some(({ length }) => length > 1)
  );
}

/** The logger that stands for none has no level, and all its methods are the same function. */
function isSilent({ log, childLoggerFactory }: FastifyInstance): boolean {
  return (
    childLoggerFactory.name === 'defaultChildLoggerFactory' && log.info === log.error && !('level' in log)
  );
}
