import type { GraphqlInfo, GraphqlSchema, GraphqlType } from './graphql-schema.js';

/** What queries and subscriptions reach. */
const readable = new WeakMap<GraphqlSchema, ReadonlySet<GraphqlType>>();

/**
 * Whether resolving the field may change something. The fields of the mutation type do; those beneath must not, as the
 * GraphQL specification says (section 6.2.2), but some schemas group their mutations beneath a field: types that only
 * mutations reach count as theirs.
 */
export function mayWrite({ parentType, schema, operation }: GraphqlInfo): boolean {
  if (parentType === schema.getMutationType()) return true;
  return operation.operation === 'mutation' && !readableTypes(schema).has(parentType);
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
