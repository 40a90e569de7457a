import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { type AdapterBridgeHost, withMethod } from '../../http/integration.js';
import type { GraphqlInfo, GraphqlSchema, GraphqlType } from '../../internals/graphql.js';
import { openResponseOf } from '../../internals/node-http.js';
import { markBypassed } from '../../response/raw-response.js';
import { memberOf } from '../../validation/values.js';

/** The types that queries and subscriptions reach. */
const readable = new WeakMap<GraphqlSchema, ReadonlySet<GraphqlType>>();

/**
 * The facts of the HTTP request that brought an operation. `method` is that of what the field does: GET or POST.
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
 * The HTTP request that brought an operation: the adapter's, or Node's if it opened a WebSocket. Null if the context of the
 * application does not have it. Only a request that Node has created counts: values of the client in a context, such as
 * connection parameters, must not be taken for one.
 */
export function requestOf(context: unknown): object | null {
  const request = memberOf(context, 'req');
  const candidates = [
    request,
    // graphql-ws passes its own context as the request.
    memberOf(memberOf(request, 'extra'), 'request'),
    memberOf(memberOf(context, 'extra'), 'request'),
    // Mercurius: for subscriptions, and for other operations.
    memberOf(context, 'request'),
    memberOf(memberOf(context, 'reply'), 'request'),
  ];
  return candidates.find(isRequest) ?? null;
}

/** Marks the response of an operation of which an exemption lets a field pass. */
export function markOperation(context: unknown): void {
  const request = requestOf(context);
  const response = openResponseOf(request);
  // Of pipelined requests, the connection knows the response to the first one.
  if (response && [request, memberOf(request, 'raw')].includes(response.req)) markBypassed(response);
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

/** Whether it is the request of an upgrade, which the adapter has not seen. */
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
