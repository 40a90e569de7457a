import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import type { Type } from '@nestjs/common';
import request, { type Test } from 'supertest';
import { type AppSettings, platforms, type TestApp } from './platforms.js';

/** What both servers understand. */
type CommonOptions = Pick<
  ApolloDriverConfig & MercuriusDriverConfig,
  | 'fieldResolverEnhancers'
  | 'formatError'
  | 'include'
  | 'path'
  | 'resolvers'
  | 'transformSchema'
  | 'typeDefs'
  | 'useGlobalPrefix'
  | 'autoSchemaFile'
  | 'context'
>;

export interface GraphqlSettings extends AppSettings {
  readonly resolvers?: readonly Type[];
  readonly graphql?: CommonOptions;
  readonly apollo?: Partial<ApolloDriverConfig>;
  readonly mercurius?: Partial<MercuriusDriverConfig>;
}

export interface GraphqlServer {
  readonly name: 'Apollo' | 'Mercurius';
  readonly create: (settings?: GraphqlSettings) => Promise<TestApp>;
}

const [[, createExpress], [, createFastify]] = platforms as [
  (typeof platforms)[number],
  (typeof platforms)[number],
];

function settingsFor(
  settings: GraphqlSettings,
  module: NonNullable<AppSettings['imports']>[number],
): AppSettings {
  const { resolvers = [], providers = [], imports = [] } = settings;
  return { ...settings, imports: [module, ...imports], providers: [...resolvers, ...providers] };
}

/** Apollo on Express and Mercurius on Fastify, for `describe.each`. */
export const graphqlServers: GraphqlServer[] = [
  {
    name: 'Apollo',
    create: (settings = {}) => {
      const { graphql, apollo } = settings;
      const options: ApolloDriverConfig = {
        driver: ApolloDriver,
        autoSchemaFile: true,
        subscriptions: { 'graphql-ws': true },
        allowBatchedHttpRequests: true,
        graphiql: false,
        ...graphql,
        ...apollo,
      };
      return createExpress(settingsFor(settings, GraphQLModule.forRoot<ApolloDriverConfig>(options)));
    },
  },
  {
    name: 'Mercurius',
    create: (settings = {}) => {
      const { graphql, mercurius } = settings;
      const options: MercuriusDriverConfig = {
        driver: MercuriusDriver,
        autoSchemaFile: true,
        subscription: { fullWsTransport: true },
        allowBatchedQueries: true,
        ...(graphql as Partial<MercuriusDriverConfig>),
        ...mercurius,
      };
      return createFastify(settingsFor(settings, GraphQLModule.forRoot<MercuriusDriverConfig>(options)));
    },
  },
];

/** Posts an operation, as most clients do. */
export function post(url: string, query: string, more: Readonly<Record<string, unknown>> = {}): Test {
  return request(url)
    .post('/graphql')
    .send({ query, ...more });
}
