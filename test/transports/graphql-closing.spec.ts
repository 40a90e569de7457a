import { afterEach, describe, expect, it } from '@jest/globals';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { MaintenanceService } from '../../lib/index.js';
import { SECRET } from '../support/bypass.js';
import { graphqlServers } from '../support/graphql.js';
import { Ledger, shop } from '../support/graphql-shop.js';
import { closeApps, type TestApp } from '../support/platforms.js';
import { until } from '../support/until.js';

const options = { close: { webSockets: true }, bypass: { secret: SECRET } };

const clients = new Set<Client>();

afterEach(async () => {
  for (const client of clients) await client.dispose();
  clients.clear();
  await closeApps();
});

interface Subscriber {
  readonly entries: readonly unknown[];
  /** The close codes and reasons of its connections, in order. */
  readonly closed: readonly { readonly code: number; readonly reason: string }[];
}

/** A client with an open subscription. */
async function subscribe(app: TestApp, headers: Record<string, string> = {}): Promise<Subscriber> {
  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers });
    }
  }
  const closed: { code: number; reason: string }[] = [];
  const client = createClient({
    url: `ws://127.0.0.1:${app.port}/graphql`,
    webSocketImpl: Socket,
    retryAttempts: 0,
    on: {
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string };
        closed.push({ code, reason });
      },
    },
  });
  clients.add(client);
  const entries: unknown[] = [];
  const ledger = app.get(Ledger);
  const others = ledger.listenerCount('entry');
  client.subscribe(
    { query: 'subscription { entries }' },
    {
      next: ({ data }) => entries.push(data?.['entries']),
      error: () => undefined,
      complete: () => undefined,
    },
  );
  await until('a subscriber', () => ledger.listenerCount('entry') > others);
  return { entries, closed };
}

describe.each(graphqlServers)('When maintenance begins, subscriptions on $name', ({ create }) => {
  it('are closed if the options say so, and can be made again after it', async () => {
    const app = await create({ ...shop, options });
    const [maintenance, ledger] = [app.get(MaintenanceService), app.get(Ledger)];
    const { entries, closed } = await subscribe(app);
    ledger.write('before');
    await until('the first entry', () => entries.length === 1);
    await maintenance.enable({ reason: 'New cables' });
    await until('the close', () => closed.length > 0);
    expect(closed[0]).toEqual({ code: 1013, reason: 'New cables' });
    await maintenance.disable();
    const later = await subscribe(app);
    ledger.write('after');
    await until('the last entry', () => later.entries.length === 1);
    expect([entries, later.entries]).toEqual([['before'], ['after']]);
  });

  it('of who is exempt stay', async () => {
    const app = await create({ ...shop, options });
    const tester = await subscribe(app, { 'Maintenance-Bypass': SECRET });
    const visitor = await subscribe(app);
    await app.get(MaintenanceService).enable();
    await until('the close of the other', () => visitor.closed.length > 0);
    app.get(Ledger).write('during');
    await until('the entry', () => tester.entries.length === 1);
    expect([tester.entries, tester.closed]).toEqual([['during'], []]);
  });

  it('stay in read-only maintenance', async () => {
    const app = await create({ ...shop, options });
    const { entries, closed } = await subscribe(app);
    await app.get(MaintenanceService).enable({ mode: 'read-only' });
    app.get(Ledger).write('during');
    await until('the entry', () => entries.length === 1);
    expect(closed).toEqual([]);
  });
});
