import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import type { AdapterBridgeHost } from '../../http/adapter-bridge-host.js';
import { withMethod } from '../../http/integration.js';
import type { GraphqlInfo, GraphqlSchema, GraphqlType } from '../../internals/graphql.js';
import { memberOf } from '../../validation/values.js';

/** What queries and subscriptions reach. */
const readable = new WeakMap<GraphqlSchema, ReadonlySet<GraphqlType>>();

/**
 * The facts of the HTTP request that brought an operation. The method says what the field does, not how it was sent.
 *
 * @returns null if there is none: nothing is exempt.
 */
export function operationFacts(
  host: AdapterBridgeHost,
  context: unknown,
  info: GraphqlInfo,
): RequestFacts | null {
  const request = requestOf(context);
  if (request === null) return null;
  const facts = isUpgrade(request) ? host.bridge.upgradeFacts(request) : host.bridge.facts(request);
  return withMethod(facts, mayWrite(info) ? 'POST' : 'GET');
}

/**
 * The HTTP request that brought an operation, as the adapter knows it, or as it came if a WebSocket was opened by it.
 * Null if the application's own context does not have it. Only a request that Node has made counts: what a client can
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

/**
 * Whether resolving the field may change something. The fields of the mutation type do; those beneath must not, as the
 * GraphQL specification says (section 6.2.2), but some schemas group their mutations beneath a field: types that only
 * mutations reach count as theirs.
 */
export function mayWrite({ parentType, schema, operation }: GraphqlInfo): boolean {
  if (parentType === schema.getMutationType()) return true;
  return operation.operation === 'mutation' && !readableTypes(schema).has(parentType);
}

/** Whether only Node's server has seen it, when it was asked for an upgrade, and not the adapter. */
function isUpgrade(request: object): request is IncomingMessage {
  return request instanceof IncomingMessage && !('originalUrl' in request);
}

function isRequest(value: unknown): value is object {
  return value instanceof Readable || memberOf(value, 'raw') instanceof Readable;
}

function readableTypes(schema: GraphqlSchema): ReadonlySet<GraphqlType> {
  let types = readable.get(schema);
  if (!types) readable.set(schema, (types = reachable(schema)));
  return types;
}

function reachable(schema: GraphqlSchema): ReadonlySet<GraphqlType> {
  const found = new Set<GraphqlType>();
  const visit = (type: GraphqlType | null | undefined): void => {
    if (type?.ofType) return visit(type.ofType);
    if (!type || found.has(type)) return;
    found.add(type);
    for (const field of Object.values(type.getFields?.() ?? {})) visit(field.type);
    if ('resolveType' in type) for (const possible of schema.getPossibleTypes(type)) visit(possible);
  };
  visit(schema.getQueryType());
  visit(schema.getSubscriptionType());
  return found;
}
