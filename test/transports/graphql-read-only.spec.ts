import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import mercurius from 'mercurius';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { codes } from '../support/graphql-codes.js';
import { graphqlServers, post } from '../support/graphql.js';
import { Ledger, shop } from '../support/graphql-shop.js';
import { closeApps, type TestApp } from '../support/platforms.js';

afterEach(closeApps);

const BUY = 'buy(id: "tea") { id }';
/** Apollo asks for it, so that no form of another site can send the request. */
const PREFLIGHT = { 'apollo-require-preflight': '1' };

const hidden: [how: string, path: string, query: string, operationName: string | null][] = [
  ['plainly', 'buy', `mutation { ${BUY} }`, null],
  ['with an alias', 'products', `mutation { products: ${BUY} }`, null],
  ['in a fragment', 'buy', `mutation { ...All } fragment All on Mutation { ${BUY} }`, null],
  [
    'in a fragment of a fragment',
    'buy',
    `mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { ... { ... on Mutation { ${BUY} } } }`,
    null,
  ],
  [
    'by directives',
    'buy',
    `mutation ($on: Boolean = true) { ... @include(if: $on) { ... @skip(if: false) { ${BUY} } } }`,
    null,
  ],
  ['behind a query', 'buy', `query Look { products { id } } mutation Act { ${BUY} }`, 'Act'],
  [
    'before a query of nearly the same name',
    'buy',
    `mutation act { ${BUY} } query Act { products { id } }`,
    'act',
  ],
];

async function readOnly(server: (typeof graphqlServers)[number], more = {}): Promise<TestApp> {
  const running = await server.create({ ...shop, ...more });
  await running.get(MaintenanceService).enable({ mode: 'read-only', reason: 'Moving' });
  return running;
}

describe.each(graphqlServers)('In read-only maintenance, $name', (server) => {
  it('answers queries, whatever the HTTP method', async () => {
    const { url } = await readOnly(server);
    const query = '{ products { id name } invoice }';
    const data = { products: [{ id: 'tea', name: 'Assam' }], invoice: 'INV-1' };
    expect((await post(url, query).expect(200)).body).toEqual({ data });
    expect((await request(url).get('/graphql').query({ query }).set(PREFLIGHT).expect(200)).body).toEqual({
      data,
    });
  });

  it('answers introspection', async () => {
    const { url } = await readOnly(server);
    const { body } = await post(url, getIntrospectionQuery()).expect(200);
    expect(body).toMatchObject({ data: { __schema: { mutationType: { name: 'Mutation' } } } });
    expect(body).not.toHaveProperty('errors');
  });

  it.each(hidden)('blocks a mutation that is sent %s', async (_, path, query, operationName) => {
    const { url, get } = await readOnly(server);
    const { body } = await post(url, query, { operationName }).expect(200);
    expect(body.errors[0].extensions).toMatchObject({ mode: 'read-only', scope: null, reason: 'Moving' });
    expect(codes(body)).toEqual({ [path]: 'MAINTENANCE' });
    expect(get(Ledger).entries).toEqual([]);
  });

  it.each(hidden)(
    'runs that mutation when maintenance is over: %s',
    async (_, path, query, operationName) => {
      const { url, get } = await readOnly(server);
      await get(MaintenanceService).disable();
      const { body } = await post(url, query, { operationName }).expect(200);
      expect(body).toEqual({ data: { [path]: { id: 'tea' } } });
      expect(get(Ledger).entries).toEqual(['bought tea']);
    },
  );

  it('blocks each mutation of an operation but those that are never in maintenance', async () => {
    const { url, get } = await readOnly(server);
    const { body } = await post(url, `mutation { first: ${BUY} report second: ${BUY} }`).expect(200);
    expect(body.data).toEqual({ first: null, report: 'reported', second: null });
    expect(codes(body)).toEqual({ first: 'MAINTENANCE', second: 'MAINTENANCE' });
    expect(get(Ledger).entries).toEqual(['reported']);
  });

  it('blocks the mutations of a batch, and answers its queries', async () => {
    const { url, get } = await readOnly(server);
    const { body } = await request(url)
      .post('/graphql')
      .send([{ query: '{ invoice }' }, { query: `mutation { ${BUY} }` }, { query: '{ health }' }])
      .expect(200);
    expect(body.map(codes)).toEqual([{}, { buy: 'MAINTENANCE' }, {}]);
    expect([body[0].data, body[2].data]).toEqual([{ invoice: 'INV-1' }, { health: 'ok' }]);
    expect(get(Ledger).entries).toEqual([]);
  });

  it('runs no mutation that is sent by GET', async () => {
    const { url, get } = await readOnly(server);
    for (const query of [`mutation { ${BUY} }`, `query Look { invoice } mutation Act { ${BUY} }`]) {
      const asked = { query, ...(query.includes('Act') && { operationName: 'Act' }) };
      const { body } = await request(url).get('/graphql').query(asked).set(PREFLIGHT);
      expect(body.data ?? null).toBeNull();
    }
    expect(get(Ledger).entries).toEqual([]);
  });

  it('blocks a persisted mutation, known or not', async () => {
    const persisted = { mercurius: { persistedQueryProvider: mercurius.persistedQueryDefaults.automatic() } };
    const { url, get } = await server.create({ ...shop, ...persisted });
    const query = `mutation { ${BUY} }`;
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const byHash = () => request(url).post('/graphql').send({ extensions });
    expect((await post(url, query, { extensions })).body).toEqual({ data: { buy: { id: 'tea' } } });
    expect((await byHash()).body).toEqual({ data: { buy: { id: 'tea' } } });

    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect(codes((await post(url, query, { extensions })).body)).toEqual({ buy: 'MAINTENANCE' });
    expect(codes((await byHash()).body)).toEqual({ buy: 'MAINTENANCE' });
    const hashOnly = { extensions: JSON.stringify(extensions) };
    await request(url).get('/graphql').query(hashOnly).set(PREFLIGHT);
    expect(get(Ledger).entries).toEqual(['bought tea', 'bought tea']);
    // One whose text is sent for the first time while it is blocked.
    const again = `mutation { again: ${BUY} }`;
    const hashOfAgain = createHash('sha256').update(again).digest('hex');
    const persistedQuery = { version: 1, sha256Hash: hashOfAgain };
    const asked = { extensions: { persistedQuery } };
    expect(codes((await post(url, again, asked)).body)).toEqual({ again: 'MAINTENANCE' });

    await get(MaintenanceService).enable();
    await byHash().expect(503);
    await request(url).get('/graphql').query(hashOnly).set(PREFLIGHT).expect(503);
    await get(MaintenanceService).disable();
    expect((await request(url).post('/graphql').send(asked)).body).toEqual({
      data: { again: { id: 'tea' } },
    });
    expect(get(Ledger).entries).toHaveLength(3);
  });

  it('blocks mutations of a compiled document (the JIT of Mercurius)', async () => {
    const { url, get } = await server.create({ ...shop, mercurius: { jit: 1 } });
    const query = `query Look { products { id } } mutation Act { ${BUY} }`;
    const maintenance = get(MaintenanceService);
    const act = async () => (await post(url, query, { operationName: 'Act' }).expect(200)).body;
    for (let time = 0; time < 4; time += 1) expect(await act()).toEqual({ data: { buy: { id: 'tea' } } });
    await maintenance.enable({ mode: 'read-only' });
    for (let time = 0; time < 4; time += 1) expect(codes(await act())).toEqual({ buy: 'MAINTENANCE' });
    expect(get(Ledger).entries).toHaveLength(4);
    // One that is compiled while it is blocked.
    const other = `mutation { again: ${BUY} }`;
    for (let time = 0; time < 4; time += 1)
      expect(codes((await post(url, other)).body)).toEqual({ again: 'MAINTENANCE' });
    await maintenance.disable();
    expect((await post(url, other)).body).toEqual({ data: { again: { id: 'tea' } } });
  });

  it('of a scope blocks the mutations of that scope alone', async () => {
    const { url, get } = await server.create(shop);
    await get(MaintenanceService).enable({ scope: 'billing', mode: 'read-only' });
    const { body } = await post(url, `mutation { ${BUY} refund }`).expect(200);
    expect(body.data).toEqual({ buy: { id: 'tea' }, refund: null });
    expect(body.errors[0].extensions).toMatchObject({
      code: 'MAINTENANCE',
      mode: 'read-only',
      scope: 'billing',
    });
    expect((await post(url, '{ invoice }')).body).toEqual({ data: { invoice: 'INV-1' } });
  });
});

describe.each(graphqlServers)(
  'In read-only maintenance, resolvers that are not Nest’s, on $name',
  (server) => {
    const typeDefs = `
    type Query { note: String }
    type Mutation { wipe(what: String): String noted: String }
  `;

    function plain(log: string[]): Parameters<typeof server.create>[0] {
      const wipe = (_: unknown, { what }: { what: string }): string => {
        log.push(what);
        return what;
      };
      // Without a resolver of its own: the root value has it.
      const rootValue = { noted: () => String(log.push('noted')), note: () => 'A note' };
      return {
        graphql: {
          typeDefs,
          autoSchemaFile: false,
          resolvers: { Query: { note: () => 'A note' }, Mutation: { wipe } },
        },
        apollo: { rootValue },
      };
    }

    it('are asked too', async () => {
      const log: string[] = [];
      const { url, get } = await server.create(plain(log));
      expect((await post(url, 'mutation { wipe(what: "once") }')).body).toEqual({ data: { wipe: 'once' } });
      await get(MaintenanceService).enable({ mode: 'read-only' });
      const { body } = await post(url, 'mutation { wipe(what: "twice") noted }').expect(200);
      expect(codes(body)).toEqual({ wipe: 'MAINTENANCE', noted: 'MAINTENANCE' });
      expect((await post(url, '{ note }')).body).toEqual({ data: { note: 'A note' } });
      expect(log).toEqual(['once']);
    });

    it('resolve by the root value as before', async () => {
      const log: string[] = [];
      const { url } = await server.create(plain(log));
      const expected = server.name === 'Apollo' ? ['noted'] : [];
      await post(url, 'mutation { noted }').expect(200);
      expect(log).toEqual(expected);
    });
  },
);
