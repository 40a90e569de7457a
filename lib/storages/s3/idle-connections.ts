import type { Agent } from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import { memberOf } from '../../validation/values.js';

/** `NodeHttpHandler` of the SDK, which is the default in Node. */
interface HandlerWithAgents {
  httpHandlerConfigs(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };
}

/**
 * Closes the connections that the client keeps open without a request on them. After a network fault they may be half-open, and
 * each of them costs the request that finds it its whole time limit. Requests of the application are not touched: the next
 * one makes a new connection.
 *
 * Does nothing if the application has replaced the request handler by one that has no agents of Node.
 */
export function closeIdleConnections(client: S3Client): void {
  const handler: unknown = memberOf(client.config, 'requestHandler');
  if (!hasAgents(handler)) return;
  const { httpAgent, httpsAgent } = handler.httpHandlerConfigs();
  for (const agent of [httpAgent, httpsAgent]) {
    const idle = Object.values(agent?.freeSockets ?? {}).flat();
    for (const socket of idle) socket?.destroy();
  }
}

function hasAgents(handler: unknown): handler is HandlerWithAgents {
  return typeof memberOf(handler, 'httpHandlerConfigs') === 'function';
}
