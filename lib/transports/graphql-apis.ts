import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { memberOf } from '../validation/member.js';
import { type GraphqlSchema, isGraphqlSchema } from './graphql-schema.js';

type NestModule = NonNullable<ReturnType<ModulesContainer['get']>>;

/** Of @nestjs/graphql, which is not imported here. */
const OPTIONS = 'GqlModuleOptions';
const APOLLO = ['ApolloDriver', 'ApolloFederationDriver'];
const MERCURIUS = ['MercuriusDriver', 'MercuriusFederationDriver'];

/** A `GraphQLModule` of the application; complete when all modules are initialised. */
export class GraphqlApi {
  constructor(private readonly module: NestModule) {}

  /** As the application gave them. */
  get options(): unknown {
    return this.module.providers.get(OPTIONS)?.instance;
  }

  /** What is or may be executed: the schema that Nest has built, and that of the server, where it has another. */
  get schemas(): readonly GraphqlSchema[] {
    return [this.#built, this.executed].filter((schema) => schema !== null);
  }

  /** The schema that the server executes; null for a driver of which that cannot be told, and for a gateway. */
  get executed(): GraphqlSchema | null {
    const driver = memberOf(this.module.instance, 'graphQlAdapter');
    const server = memberOf(driver, 'instance');
    const names = classNames(driver);
    if (names.some((name) => APOLLO.includes(name))) return server === undefined ? null : this.#built;
    // Fastify has the schema, since plugins may have given it another one.
    return names.some((name) => MERCURIUS.includes(name)) ? schemaOf(memberOf(server, 'graphql')) : null;
  }

  /** Where it answers, with the global prefix if it has that; null where it does not. */
  get path(): string | null {
    const complete = memberOf(this.module.instance, 'completeOptions');
    const path = memberOf(complete, 'path');
    // Mercurius alone knows these two.
    const isElsewhere = memberOf(complete, 'routes') === false || memberOf(complete, 'prefix') !== undefined;
    return typeof path === 'string' && !isElsewhere ? path : null;
  }

  get #built(): GraphqlSchema | null {
    const host = [...this.module.providers.values()].find(
      ({ token }) => nameOf(token) === 'GraphQLSchemaHost',
    );
    return schemaOf(host?.instance);
  }
}

/** Finds the GraphQL modules of the application, by their names in the container. */
@Injectable()
export class GraphqlApis {
  #all: readonly GraphqlApi[] | undefined;

  constructor(private readonly modules: ModulesContainer) {}

  all(): readonly GraphqlApi[] {
    this.#all ??= [...this.modules.values()]
      .filter((module) => module.providers.has(OPTIONS) && module.metatype.name === 'GraphQLModule')
      .map((module) => new GraphqlApi(module));
    return this.#all;
  }
}

function nameOf(token: unknown): string | undefined {
  return typeof token === 'function' ? token.name : undefined;
}

/** @param host an object, or a function with members, as Mercurius has it */
function schemaOf(host: unknown): GraphqlSchema | null {
  if ((typeof host !== 'object' && typeof host !== 'function') || host === null) return null;
  try {
    const schema: unknown = Reflect.get(host, 'schema');
    return isGraphqlSchema(schema) ? schema : null;
  } catch {
    // Nest's getter throws where there is none: a gateway has its schema elsewhere.
    return null;
  }
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
