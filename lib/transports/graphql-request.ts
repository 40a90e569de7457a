import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { memberOf } from '../validation/member.js';

/**
 * The HTTP request that brought an operation, as the adapter knows it, or as it came where a WebSocket was opened by it.
 * Null where the application's own context does not have it. Only a request that Node has made counts: what a client can
 * put into a context, such as connection parameters, must not pass for one.
 */
export function requestOf(context: unknown): object | null {
  const request = memberOf(context, 'req');
  const candidates = [
    request,
    // graphql-ws hands its own context over as the request.
    memberOf(memberOf(request, 'extra'), 'request'),
    memberOf(memberOf(context, 'extra'), 'request'),
    // Mercurius, for subscriptions and for all others.
    memberOf(context, 'request'),
    memberOf(memberOf(context, 'reply'), 'request'),
  ];
  return candidates.find(isRequest) ?? null;
}

/** Whether the adapter has not seen it: Node's server alone has, when it was asked for an upgrade. */
export function isUpgrade(request: object): request is IncomingMessage {
  return request instanceof IncomingMessage && !('originalUrl' in request);
}

function isRequest(value: unknown): value is object {
  return value instanceof Readable || memberOf(value, 'raw') instanceof Readable;
}
