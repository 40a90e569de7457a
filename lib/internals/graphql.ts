import { memberOf } from '../validation/values.js';
import { graphqlOptions, type NestModule } from './nest.js';

/*
 * The parts of graphql-js, @nestjs/graphql and its drivers that this package uses, recognised by their members. None of them is
 * imported: an application may not have them, or another copy of graphql-js.
 */

const APOLLO = ['ApolloDriver', 'ApolloFederationDriver'];
const MERCURIUS = ['MercuriusDriver', 'MercuriusFederationDriver'];

export type GraphqlResolver = (
  source: unknown,
  args: unknown,
  context: unknown,
  info: GraphqlInfo,
) => unknown;

/** GraphQL reads its functions at each execution, so they can be replaced. */
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
  /** Present on interfaces and unions. */
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

/** The last argument of a resolver: the field that it resolves. */
export interface GraphqlInfo {
  readonly fieldName: string;
  readonly parentType: GraphqlType;
  readonly schema: GraphqlSchema;
  readonly operation: { readonly operation: string };
  readonly path: GraphqlPath;
}

/** Where the result of a field stands in the response. */
interface GraphqlPath {
  readonly key: string | number;
  /** Undefined for a root field. */
  readonly prev: GraphqlPath | undefined;
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

/** Query, mutation and subscription, as far as the schema has them. */
export function rootTypes(schema: GraphqlSchema): readonly GraphqlType[] {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return types.filter((type) => type !== null && type !== undefined);
}

/** The resolver that graphql-js uses for a field without one. */
export const defaultResolver: GraphqlResolver = (source, args, context, info) => {
  if ((typeof source !== 'object' && typeof source !== 'function') || source === null) return undefined;
  const value: unknown = Reflect.get(source, info.fieldName);
  return typeof value === 'function' ? Reflect.apply(value, source, [args, context, info]) : value;
};

/** A `GraphQLModule` of the application. Complete when all modules are initialised. */
export class GraphqlApi {
  constructor(private readonly module: NestModule) {}

  /** The options of the application. */
  get options(): unknown {
    return graphqlOptions(this.module);
  }

  /** The schema that Nest has built, and the one of the server if that has another. */
  get schemas(): readonly GraphqlSchema[] {
    return [this.#built, this.executed].filter((schema) => schema !== null);
  }

  /** The schema that the server executes; null for an unknown driver and for a federation gateway. */
  get executed(): GraphqlSchema | null {
    const driver = memberOf(this.module.instance, 'graphQlAdapter');
    const server = memberOf(driver, 'instance');
    const names = classNames(driver);
    if (names.some((name) => APOLLO.includes(name))) return server === undefined ? null : this.#built;
    // The schema of the Fastify plugin, which other plugins may have replaced.
    return names.some((name) => MERCURIUS.includes(name)) ? schemaOf(memberOf(server, 'graphql')) : null;
  }

  /** The path of the endpoint, with the global prefix if that applies; null if it is not known. */
  get path(): string | null {
    const complete = memberOf(this.module.instance, 'completeOptions');
    const path = memberOf(complete, 'path');
    // Options of Mercurius only.
    const isElsewhere = memberOf(complete, 'routes') === false || memberOf(complete, 'prefix') !== undefined;
    return typeof path === 'string' && !isElsewhere ? path : null;
  }

  get #built(): GraphqlSchema | null {
    const host = [...this.module.providers.values()].find(
      ({ token }) => typeof token === 'function' && token.name === 'GraphQLSchemaHost',
    );
    return schemaOf(host?.instance);
  }
}

/** @param host an object, or a function with members, as with Mercurius */
function schemaOf(host: unknown): GraphqlSchema | null {
  if ((typeof host !== 'object' && typeof host !== 'function') || host === null) return null;
  try {
    const schema: unknown = Reflect.get(host, 'schema');
    return isGraphqlSchema(schema) ? schema : null;
  } catch {
    // Nest's getter throws if there is none, as in a federation gateway.
    return null;
  }
}

function isGraphqlSchema(value: unknown): value is GraphqlSchema {
  return typeof value === 'object' && value !== null && 'getMutationType' in value && 'getTypeMap' in value;
}

/** The names of the object's class and its base classes. */
function classNames(instance: unknown): readonly string[] {
  const names: string[] = [];
  for (
    let type: unknown = memberOf(instance, 'constructor');
    typeof type === 'function' && type.name !== '';
  ) {
    names.push(type.name);
    type = Object.getPrototypeOf(type);
  }
  return names;
}
