import { afterEach, describe, expect, it } from '@jest/globals';
import { GraphQLModule } from '@nestjs/graphql';
import { MaintenanceService } from '../../lib/index.js';
import { codes } from '../support/graphql-codes.js';
import { PlainDriver } from '../support/graphql-driver.js';
import { post } from '../support/graphql.js';
import { Ledger, shop } from '../support/graphql-shop.js';
import { type AppSettings, closeApps, platforms, type TestApp } from '../support/platforms.js';

afterEach(closeApps);

const [[, createExpress]] = platforms as [(typeof platforms)[number]];

async function create(options: NonNullable<AppSettings['options']> = {}): Promise<TestApp> {
  const graphql = { driver: PlainDriver, autoSchemaFile: true, fieldResolverEnhancers: ['guards' as const] };
  const providers = [...shop.providers, ...shop.resolvers];
  return createExpress({ imports: [GraphQLModule.forRoot(graphql)], providers, options });
}

describe('Where the schema that is executed is not known, the guard alone', () => {
  it('blocks what belongs to a scope', async () => {
    const { url, get } = await create();
    await get(MaintenanceService).enable({ scope: 'billing' });
    await get(MaintenanceService).enable({ scope: 'prices' });
    const { body } = await post(url, '{ invoice currency products { id price } }').expect(200);
    expect(body.data).toEqual({ invoice: null, currency: 'EUR', products: [{ id: 'tea', price: null }] });
    expect(codes(body)).toEqual({ invoice: 'MAINTENANCE', 'products.0.price': 'MAINTENANCE' });
  });

  it('blocks mutations of a read-only scope, and no queries', async () => {
    const { url, get } = await create();
    await get(MaintenanceService).enable({ scope: 'billing', mode: 'read-only' });
    expect((await post(url, '{ invoice }')).body).toEqual({ data: { invoice: 'INV-1' } });
    expect(codes((await post(url, 'mutation { refund }')).body)).toEqual({ refund: 'MAINTENANCE' });
    expect(get(Ledger).entries).toEqual([]);
  });

  it('asks the exemptions about the request', async () => {
    const { url, get } = await create({ ignore: { ipAddresses: ['127.0.0.1'] } });
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect((await post(url, '{ invoice }')).body).toEqual({ data: { invoice: 'INV-1' } });
  });

  it('waits for later guards where interceptors run, and blocks where none does', async () => {
    const { url, get } = await create({ ignore: { when: () => true }, user: { afterGuards: true } });
    await get(MaintenanceService).enable({ scope: 'billing' });
    await get(MaintenanceService).enable({ scope: 'prices' });
    const { body } = await post(url, '{ invoice products { price } }').expect(200);
    expect(body.data).toEqual({ invoice: 'INV-1', products: [{ price: null }] });
    expect(codes(body)).toEqual({ 'products.0.price': 'MAINTENANCE' });
  });
});
