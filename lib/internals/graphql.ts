import { memberOf } from '../validation/values.js';
import { graphqlOptions, type NestModule } from './nest.js';

/*
 * What is touched of graphql-js, @nestjs/graphql and its drivers, by shape: none of them is imported, since an application
 * may not have them, or have another copy of graphql-js.
 */

const APOLLO = ['ApolloDriver', 'ApolloFederationDriver'];
const MERCURIUS = ['MercuriusDriver', 'MercuriusFederationDriver'];

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
  /** Present if it may be several objects: on interfaces and unions. */
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

/** What a resolver is told of the field that it resolves. */
export interface GraphqlInfo {
  readonly fieldName: string;
  readonly parentType: GraphqlType;
  readonly schema: GraphqlSchema;
  readonly operation: { readonly operation: string };
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

/** What graphql-js does for a field without a resolver. */
export const defaultResolver: GraphqlResolver = (source, args, context, info) => {
  if ((typeof source !== 'object' && typeof source !== 'function') || source === null) return undefined;
  const value: unknown = Reflect.get(source, info.fieldName);
  return typeof value === 'function' ? Reflect.apply(value, source, [args, context, info]) : value;
};

/** A `GraphQLModule` of the application; complete when all modules are initialised. */
export class GraphqlApi {
  constructor(private readonly module: NestModule) {}

  /** As the application gave them. */
  get options(): unknown {
    return graphqlOptions(this.module);
  }

  /** What is or may be executed: the schema that Nest has built, and the server's own, if it has another. */
  get schemas(): readonly GraphqlSchema[] {
    return [this.#built, this.executed].filter((schema) => schema !== null);
  }

  /** The schema that the server executes; null for an unknown driver, and for a gateway. */
  get executed(): GraphqlSchema | null {
    const driver = memberOf(this.module.instance, 'graphQlAdapter');
    const server = memberOf(driver, 'instance');
    const names = classNames(driver);
    if (names.some((name) => APOLLO.includes(name))) return server === undefined ? null : this.#built;
    // Fastify has the schema, since plugins may have given it another one.
    return names.some((name) => MERCURIUS.includes(name)) ? schemaOf(memberOf(server, 'graphql')) : null;
  }

  /** The path that it answers at, with the global prefix if it has that; null if it answers nowhere. */
  get path(): string | null {
    const complete = memberOf(this.module.instance, 'completeOptions');
    const path = memberOf(complete, 'path');
    // Mercurius alone knows these two.
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

/** @param host an object, or a function with members, as Mercurius has it */
function schemaOf(host: unknown): GraphqlSchema | null {
  if ((typeof host !== 'object' && typeof host !== 'function') || host === null) return null;
  try {
    const schema: unknown = Reflect.get(host, 'schema');
    return isGraphqlSchema(schema) ? schema : null;
  } catch {
    // Nest's getter throws if there is none: a gateway has its schema elsewhere.
    return null;
  }
}

function isGraphqlSchema(value: unknown): value is GraphqlSchema {
  return typeof value === 'object' && value !== null && 'getMutationType' in value && 'getTypeMap' in value;
}

/** Of the object's class and of those that it extends. */
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
