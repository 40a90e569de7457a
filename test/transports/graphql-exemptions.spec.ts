import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { GqlExecutionContext, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { SECRET } from '../support/bypass.js';
import { codes } from '../support/graphql-codes.js';
import { type GraphqlSettings, graphqlServers, post } from '../support/graphql.js';
import { Ledger, shop } from '../support/graphql-shop.js';
import { people } from '../support/people.js';
import { closeApps } from '../support/platforms.js';

afterEach(closeApps);

const MUTATION = 'mutation { buy(id: "tea") { id } }';

interface WithHeaders {
  readonly headers: Readonly<Record<string, string>>;
  user?: unknown;
}

/** Knows its user by a header, as a guard of Passport would by a token. */
@Injectable()
class UserGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { req } = GqlExecutionContext.create(context).getContext<{ req: WithHeaders }>();
    const name = req.headers['x-user'];
    if (name !== undefined) req.user = { id: name, isSuperuser: name === 'ada' };
    return true;
  }
}

@Resolver()
@UseGuards(UserGuard)
class GuardedResolver {
  constructor(private readonly ledger: Ledger) {}

  @Query(() => String, { nullable: true })
  @MaintenanceScope('billing')
  guarded(): string {
    return 'guarded';
  }

  @Query(() => String, { nullable: true })
  @MaintenanceOn()
  never(): string {
    return 'never';
  }

  @Mutation(() => String, { nullable: true })
  change(): string {
    return this.ledger.write('changed');
  }
}

const open: [
  by: string,
  options: NonNullable<GraphqlSettings['options']>,
  headers: Record<string, string>,
][] = [
  ['a bypass header', { bypass: { secret: SECRET } }, { 'Maintenance-Bypass': SECRET }],
  ['an address', { ignore: { ipAddresses: ['127.0.0.1'] } }, {}],
  ['a URL', { ignore: { urls: ['/graphql'] } }, {}],
  ['a user', { ignore: { superusers: true }, user: people }, { Authorization: 'Bearer ada' }],
  [
    'a rule',
    { ignore: { when: ({ headers }: WithHeaders) => headers['x-tester'] === '1' } },
    { 'X-Tester': '1' },
  ],
];

const shut: typeof open = [
  ['a wrong bypass header', { bypass: { secret: SECRET } }, { 'Maintenance-Bypass': `${SECRET}!` }],
  ['another address', { ignore: { ipAddresses: ['10.0.0.1'] } }, { 'X-Forwarded-For': '10.0.0.1' }],
  ['another URL', { ignore: { urls: ['/graph', '/graphql/'] } }, {}],
  ['another user', { ignore: { superusers: true }, user: people }, { Authorization: 'Bearer bob' }],
];

describe.each(graphqlServers)('The HTTP request of an operation on $name', ({ create }) => {
  it.each(open)('exempts it by %s', async (_, options, headers) => {
    const { url, get } = await create({ ...shop, options });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect((await post(url, MUTATION).set(headers)).body).toEqual({ data: { buy: { id: 'tea' } } });
    const { body } = await post(url, '{ invoice closed }').set(headers);
    expect(body.data).toEqual({ invoice: 'INV-1', closed: null });
    expect(codes(body)).toEqual({ closed: 'MAINTENANCE' });
  });

  it.each(shut)('does not exempt it by %s', async (_, options, headers) => {
    const { url, get } = await create({ ...shop, options });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const { body } = await post(url, MUTATION).set(headers);
    // Of the field, or of the whole request, where that was stopped before.
    expect(codes(body)['buy'] ?? body.status).toEqual('errors' in body ? 'MAINTENANCE' : 503);
    expect(get(Ledger).entries).toEqual([]);
  });

  it('is asked about once for each field', async () => {
    let asked = 0;
    const when = (): boolean => (asked += 1) > 0;
    const { url, get } = await create({ ...shop, options: { ignore: { when } } });
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect((await post(url, '{ invoice products { id } }')).body.data.invoice).toBe('INV-1');
    expect(asked).toBe(1);
  });

  it('is not what the context of the application says it is', async () => {
    const forged = {
      headers: {},
      ip: '10.0.0.1',
      url: '/health',
      originalUrl: '/health',
      method: 'GET',
      user: {},
    };
    const { url, get } = await create({
      ...shop,
      graphql: { context: () => ({ req: forged }) },
      options: {
        ignore: { ipAddresses: ['10.0.0.1'], urls: ['/health'] },
        user: people,
      },
    });
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect(codes((await post(url, '{ invoice }')).body)).toEqual({ invoice: 'MAINTENANCE' });
    await get(MaintenanceService).enable({ scope: 'billing', mode: 'read-only' });
    expect((await post(url, '{ invoice }')).body).toEqual({ data: { invoice: 'INV-1' } });
  });

  describe('where users are known after the guards of the handler', () => {
    const settings = {
      resolvers: [...shop.resolvers, GuardedResolver],
      providers: shop.providers,
      options: { ignore: { superusers: true } },
    };

    it('exempts them in a scope', async () => {
      const { url, get } = await create(settings);
      await get(MaintenanceService).enable({ scope: 'billing', reason: 'Counting' });
      const query = '{ guarded }';
      expect((await post(url, query).set('X-User', 'ada')).body).toEqual({ data: { guarded: 'guarded' } });
      for (const user of ['bob', 'nobody']) {
        const { body } = await post(url, query).set('X-User', user);
        expect(body.data).toEqual({ guarded: null });
        expect(body.errors[0]).toMatchObject({
          message: 'Counting',
          extensions: { code: 'MAINTENANCE', scope: 'billing' },
        });
      }
    });

    it('exempts them in read-only maintenance', async () => {
      const { url, get } = await create(settings);
      await get(MaintenanceService).enable({ mode: 'read-only' });
      const query = 'mutation { change buy(id: "tea") { id } }';
      const { body } = await post(url, query).set('X-User', 'bob');
      expect(codes(body)).toEqual({ change: 'MAINTENANCE', buy: 'MAINTENANCE' });
      expect(get(Ledger).entries).toEqual([]);
      expect((await post(url, 'mutation { change }').set('X-User', 'ada')).body).toEqual({
        data: { change: 'changed' },
      });
    });

    it('exempts nobody from what is closed for good', async () => {
      const { url } = await create(settings);
      expect(codes((await post(url, '{ never }').set('X-User', 'ada')).body)).toEqual({
        never: 'MAINTENANCE',
      });
    });

    it('exempts nobody from fields beneath the root ones, for which no interceptor runs', async () => {
      const { url, get } = await create({ ...settings, graphql: { fieldResolverEnhancers: ['guards'] } });
      await get(MaintenanceService).enable({ scope: 'prices' });
      const { body } = await post(url, '{ products { id price } }').set('X-User', 'ada');
      expect(codes(body)).toEqual({ 'products.0.price': 'MAINTENANCE' });
    });
  });
});
