/*
 * What of graphql-js is touched here, by shape: the package is not needed where there is no GraphQL, and an application may
 * have another copy of it.
 */

export type GraphqlResolver = (
  source: unknown,
  args: unknown,
  context: unknown,
  info: GraphqlInfo,
) => unknown;

/** Its functions are read at each execution, so that they can be replaced. */
export interface GraphqlField {
  readonly type: GraphqlType;
  resolve?: GraphqlResolver | undefined;
  subscribe?: GraphqlResolver | undefined;
}

/** A named type, or a list or non-null of one (`ofType`). */
export interface GraphqlType {
  readonly name?: string;
  readonly ofType?: GraphqlType;
  /** Of objects and interfaces. */
  getFields?(): Readonly<Record<string, GraphqlField>>;
  /** Of objects and interfaces. */
  getInterfaces?(): readonly GraphqlType[];
  /** There where it may be several objects: of interfaces and unions. */
  readonly resolveType?: unknown;
}

export interface GraphqlSchema {
  getQueryType(): GraphqlType | null | undefined;
  getMutationType(): GraphqlType | null | undefined;
  getSubscriptionType(): GraphqlType | null | undefined;
  getTypeMap(): Readonly<Record<string, GraphqlType>>;
  /** The objects that an interface or a union may be. */
  getPossibleTypes(type: GraphqlType): readonly GraphqlType[];
}

/** What a resolver is told of the field that it is asked for. */
export interface GraphqlInfo {
  readonly fieldName: string;
  readonly parentType: GraphqlType;
  readonly schema: GraphqlSchema;
  readonly operation: { readonly operation: string };
}

export function isGraphqlSchema(value: unknown): value is GraphqlSchema {
  return typeof value === 'object' && value !== null && 'getMutationType' in value && 'getTypeMap' in value;
}

export function isGraphqlInfo(value: unknown): value is GraphqlInfo {
  return (
    typeof value === 'object' &&
    value !== null &&
    'operation' in value &&
    'parentType' in value &&
    'schema' in value &&
    isGraphqlSchema(value.schema)
  );
}

/** Query, mutation and subscription, those that there are. */
export function rootTypes(schema: GraphqlSchema): readonly GraphqlType[] {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return types.filter((type) => type !== null && type !== undefined);
}
