import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { MaintenanceService } from '../../lib/index.js';
import { SECRET } from '../support/bypass.js';
import { FaultyStorage } from '../support/faulty.storage.js';
import { freeze } from '../support/freeze.js';
import { codes } from '../support/graphql-codes.js';
import { type GraphqlSettings, graphqlServers } from '../support/graphql.js';
import { Ledger, shop } from '../support/graphql-shop.js';
import { closeApps, type TestApp } from '../support/platforms.js';
import { until } from '../support/until.js';

const clients = new Set<Client>();

afterEach(async () => {
  for (const client of clients) await client.dispose();
  clients.clear();
  await closeApps();
});

interface Connection {
  /** What an operation answers first. */
  readonly ask: (query: string) => Promise<unknown>;
  /** Opens a subscription; what it has sent until now. */
  readonly subscribe: (query: string) => readonly unknown[];
}

/** Opens a connection, which then stays open. */
async function connect(
  { port }: TestApp,
  headers: Record<string, string> = {},
  connectionParams: Record<string, unknown> = {},
): Promise<Connection> {
  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers });
    }
  }
  const client = await new Promise<Client>((resolve, reject) => {
    const created = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: Socket,
      lazy: false,
      retryAttempts: 0,
      connectionParams,
      onNonLazyError: reject,
      on: { connected: () => resolve(created) },
    });
    clients.add(created);
  });

  const subscribe = (query: string): unknown[] => {
    const answers: unknown[] = [];
    client.subscribe(
      { query },
      {
        next: (answer) => answers.push(answer),
        error: (errors) => answers.push({ errors }),
        complete: () => undefined,
      },
    );
    return answers;
  };
  const ask = async (query: string): Promise<unknown> => {
    const answers = subscribe(query);
    await until(`an answer to ${query}`, () => answers.length > 0);
    return answers[0];
  };
  return { ask, subscribe };
}

const BUY = 'mutation { buy(id: "tea") { id } }';

/** Trusts the client, as an application should not. */
function contextOfParams({ connectionParams = {} }: { connectionParams?: object }): object {
  return { ...connectionParams };
}

/** Resolves once the events of the shop have a listener. */
async function listening({ get }: TestApp): Promise<void> {
  await until('a subscriber', () => get(Ledger).listenerCount('entry') > 0);
}

describe.each(graphqlServers)('A WebSocket that was opened before, on $name', ({ name, create }) => {
  it('reads in read-only maintenance, and changes nothing', async () => {
    const app = await create(shop);
    const { ask, subscribe } = await connect(app);
    await app.get(MaintenanceService).enable({ mode: 'read-only' });
    expect(await ask('{ invoice }')).toEqual({ data: { invoice: 'INV-1' } });
    expect(codes(await ask(BUY))).toEqual({ buy: 'MAINTENANCE' });
    const events = subscribe('subscription { entries }');
    await listening(app);
    expect(await ask('mutation { report }')).toEqual({ data: { report: 'reported' } });
    await until('the event', () => events.length > 0);
    expect(events).toEqual([{ data: { entries: 'reported' } }]);
    expect(app.get(Ledger).entries).toEqual(['reported']);
  });

  it('waits for a new read in a process that was frozen when maintenance began', async () => {
    const storage = new FaultyStorage();
    const sync = { pollIntervalMs: 100, timeoutMs: 500 };
    const app = await create({ ...shop, options: { storage, sync } });
    const { ask } = await connect(app);
    expect(await ask('{ invoice }')).toEqual({ data: { invoice: 'INV-1' } });
    await storage.memory.write('1');
    storage.faultyRead = async (read) => {
      await delay(200);
      return read();
    };
    freeze(1_000);
    expect(codes(await ask(BUY))).toEqual({ buy: 'MAINTENANCE' });
    expect(app.get(Ledger).entries).toEqual([]);
  });

  it('is blocked in full maintenance, whatever it asks', async () => {
    const app = await create(shop);
    const { ask } = await connect(app);
    await app.get(MaintenanceService).enable({ reason: 'Moving' });
    const query = await ask('{ products { id } health }');
    expect(query).toMatchObject({
      errors: [{ message: 'Moving', extensions: { mode: 'full', statusCode: 503 } }],
    });
    expect(codes(query)).toEqual({ products: 'MAINTENANCE' });
    expect(codes(await ask(BUY))).toEqual({ buy: 'MAINTENANCE' });
    expect(codes(await ask('subscription { entries }'))).toEqual({ entries: 'MAINTENANCE' });
    expect(app.get(Ledger).listenerCount('entry')).toBe(0);
    expect(app.get(Ledger).entries).toEqual([]);
    await app.get(MaintenanceService).disable();
    expect(await ask(BUY)).toEqual({ data: { buy: { id: 'tea' } } });
  });

  it('opens no subscription in full maintenance that is not of Nest either', async () => {
    const opened: string[] = [];
    async function* subscribe(): AsyncGenerator<{ ticks: string }> {
      opened.push('ticks');
      yield await Promise.resolve({ ticks: 'tick' });
    }
    const app = await create({
      graphql: {
        autoSchemaFile: false,
        typeDefs: 'type Query { now: String } type Subscription { ticks: String }',
        resolvers: { Subscription: { ticks: { subscribe } } },
      },
    });
    const { ask } = await connect(app);
    expect(await ask('subscription { ticks }')).toEqual({ data: { ticks: 'tick' } });
    await app.get(MaintenanceService).enable();
    expect(codes(await ask('subscription { ticks }'))).toEqual({ ticks: 'MAINTENANCE' });
    expect(opened).toEqual(['ticks']);
  });

  it('answers what is never in maintenance, with all that is beneath', async () => {
    const app = await create({ ...shop, graphql: { fieldResolverEnhancers: ['guards'] } });
    const { ask } = await connect(app);
    await app.get(MaintenanceService).enable();
    expect(await ask('{ samples { id name } }')).toEqual({
      data: { samples: [{ id: 'rooibos', name: 'Assam' }] },
    });
  });

  it('gets no event of an open subscription during full maintenance, and those that come later', async () => {
    const app = await create(shop);
    const { subscribe } = await connect(app);
    const ledger = app.get(Ledger);
    const events = subscribe('subscription { entries }');
    await listening(app);
    ledger.write('before');
    await until('the first event', () => events.length === 1);
    await app.get(MaintenanceService).enable();
    ledger.write('secret');
    await until('the second event', () => events.length === 2);
    await app.get(MaintenanceService).disable();
    ledger.write('after');
    await until('the third event', () => events.length === 3);
    expect(codes(events[1])).toEqual({ entries: 'MAINTENANCE' });
    expect(JSON.stringify(events[1])).not.toContain('secret');
    expect([events[0], events[2]]).toEqual([{ data: { entries: 'before' } }, { data: { entries: 'after' } }]);
  });

  const options: [
    by: string,
    options: NonNullable<GraphqlSettings['options']>,
    headers: Record<string, string>,
  ][] = [
    ['a bypass header', { bypass: { secret: SECRET } }, { 'Maintenance-Bypass': SECRET }],
    ['an address', { ignore: { ipAddresses: ['127.0.0.1'] } }, {}],
    ['a URL', { ignore: { urls: ['/graphql'] } }, {}],
  ];

  it.each(options)('is exempt by %s of the request that opened it', async (_, exempting, headers) => {
    const app = await create({ ...shop, options: exempting });
    const { ask } = await connect(app, headers);
    await app.get(MaintenanceService).enable();
    expect(await ask(BUY)).toEqual({ data: { buy: { id: 'tea' } } });
  });

  it('is not exempt by an address that nobody vouches for', async () => {
    const app = await create({ ...shop, options: { ignore: { ipAddresses: ['10.0.0.1'] } } });
    const { ask } = await connect(app, { 'X-Forwarded-For': '10.0.0.1' });
    await app.get(MaintenanceService).enable();
    expect(codes(await ask(BUY))).toEqual({ buy: 'MAINTENANCE' });
  });

  it('is not exempt by parameters of the connection that look like a request', async () => {
    const forged = {
      headers: {},
      ip: '10.0.0.1',
      url: '/health',
      originalUrl: '/health',
      raw: {},
      method: 'GET',
    };
    const app = await create({
      ...shop,
      options: { ignore: { ipAddresses: ['10.0.0.1'], urls: ['/health'] } },
      ...(name === 'Apollo' ? { graphql: { context: contextOfParams } } : {}),
      mercurius: {
        subscription: { fullWsTransport: true, onConnect: ({ payload }) => ({ ...(payload as object) }) },
      },
    });
    const { ask } = await connect(app, {}, { req: forged, request: forged, extra: { request: forged } });
    await app.get(MaintenanceService).enable();
    expect(codes(await ask(BUY))).toEqual({ buy: 'MAINTENANCE' });
    expect(app.get(Ledger).entries).toEqual([]);
  });
});
