import { afterEach, describe, expect, it } from '@jest/globals';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import request from 'supertest';
import { Integrations } from '../../lib/http/integration.js';
import { PlainDriver } from '../support/graphql-driver.js';
import { graphqlServers } from '../support/graphql.js';
import { shop } from '../support/graphql-shop.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';

afterEach(closeApps);

const leaves = ({ get }: TestApp, url: string, method = 'POST'): boolean =>
  get(Integrations).all.some((integration) => integration.decidesOn?.({ method, url }) === true);

const reaches = async ({ url }: TestApp, path: string): Promise<boolean> => {
  const { body } = await request(url).post(path).send({ query: '{ health }' });
  return body?.data?.health === 'ok';
};

describe.each(graphqlServers)('The endpoint of $name', ({ create }) => {
  it('is /graphql, for POST, in no other spelling', async () => {
    const app = await create(shop);
    expect(await reaches(app, '/graphql')).toBe(true);
    expect(['/graphql', '/graphql?', '/graphql?a=/b'].map((url) => leaves(app, url))).toEqual([
      true,
      true,
      true,
    ]);
    const others = [
      '/',
      '',
      '/graphql/',
      '//graphql',
      '/GRAPHQL',
      '/graphq%6c',
      '/graphql/x',
      '/x/graphql',
    ].concat([
      '/graphql;x',
      '/graphql#',
      '/x?/graphql',
      'http://host/graphql',
      '/./graphql',
      '/x/../graphql',
      '*',
      'graphql',
    ]);
    expect(others.filter((url) => leaves(app, url))).toEqual([]);
    expect(['GET', 'PUT', 'post', 'DELETE'].filter((method) => leaves(app, '/graphql', method))).toEqual([]);
  });

  it.each([
    ['path', { path: '/api/query' }, '/api/query', '/graphql'],
    ['a path without its slash', { path: 'query/' }, '/query', '/graphql'],
    ['useGlobalPrefix', { useGlobalPrefix: true }, '/v1/graphql', '/graphql'],
    ['a prefix that it does not use', {}, '/graphql', '/v1/graphql'],
  ])('follows %s', async (_, graphql, there, notThere) => {
    const app = await create({ ...shop, graphql, configure: (nest) => void nest.setGlobalPrefix('v1') });
    expect([await reaches(app, there), leaves(app, there)]).toEqual([true, true]);
    expect([await reaches(app, notThere), leaves(app, notThere)]).toEqual([false, false]);
  });
});

describe('What is no endpoint', () => {
  const [[, createExpress], [, createFastify]] = platforms as [
    (typeof platforms)[number],
    (typeof platforms)[number],
  ];

  it('is anything of an application without GraphQL', async () => {
    expect(leaves(await createExpress(), '/graphql')).toBe(false);
  });

  it('is that of a driver that is not known here', async () => {
    const imports = [GraphQLModule.forRoot({ driver: PlainDriver, autoSchemaFile: true })];
    const app = await createExpress({ imports, providers: [...shop.providers, ...shop.resolvers] });
    expect([await reaches(app, '/graphql'), leaves(app, '/graphql')]).toEqual([true, false]);
  });

  it('is that of a schema which was put in place of the guarded one', async () => {
    const imports = [
      GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, autoSchemaFile: true }),
    ];
    const app = await createFastify({ imports, providers: [...shop.providers, ...shop.resolvers] });
    expect(leaves(app, '/graphql')).toBe(true);
    const { graphql } = app.app.getHttpAdapter().getInstance() as {
      graphql: { extendSchema(sdl: string): void };
    };
    graphql.extendSchema('extend type Mutation { more: String }');
    expect(leaves(app, '/graphql')).toBe(false);
  });

  it('is that of Mercurius without routes, or beneath a prefix of its own', async () => {
    for (const more of [{ routes: false }, { prefix: '/there' }]) {
      const imports = [
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          autoSchemaFile: true,
          ...more,
        }),
      ];
      const app = await createFastify({ imports, providers: [...shop.providers, ...shop.resolvers] });
      expect([await reaches(app, '/graphql'), leaves(app, '/graphql')]).toEqual([false, false]);
    }
  });

  it('is nothing of several that are not configured', async () => {
    const imports = ['/one', '/two'].map((path) =>
      GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, path }),
    );
    const app = await createExpress({ imports, providers: [...shop.providers, ...shop.resolvers] });
    expect(['/one', '/two', '/graphql'].map((url) => leaves(app, url))).toEqual([true, true, false]);
  });
});
