import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable } from '@nestjs/common';
import { Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { MaintenanceService } from '../../lib/index.js';
import { graphqlServers, post } from '../support/graphql.js';
import { closeMicroservices, microservices } from '../support/microservices.js';
import { closeApps } from '../support/platforms.js';
import { until } from '../support/until.js';

const ONE_LEFT = { drained: false, remaining: 1 };
const NOTHING_LEFT = { drained: true, remaining: 0 };
/** Longer than a test may take: who waits for itself does not end in time. */
const TOO_LONG_MS = 600_000;

/** Work that begins, and ends when it is told to. */
@Injectable()
class Work {
  begun = 0;
  readonly #ending = new AbortController();

  async do(): Promise<string> {
    this.begun += 1;
    await once(this.#ending.signal, 'abort');
    return 'done';
  }

  end(): void {
    this.#ending.abort();
  }
}

@Resolver()
class WorkResolver {
  constructor(
    private readonly work: Work,
    private readonly maintenance: MaintenanceService,
  ) {}

  @Query(() => String)
  hello(): string {
    return 'hello';
  }

  @Mutation(() => String)
  migrate(): Promise<string> {
    return this.work.do();
  }

  @Mutation(() => Boolean)
  async drain(@Context('req') except: object): Promise<boolean> {
    return (await this.maintenance.drained({ timeoutMs: 60_000, except })).drained;
  }

  @Mutation(() => String)
  async enable(@Context('req') except: object): Promise<string> {
    return (await this.maintenance.enable({ drain: { timeoutMs: TOO_LONG_MS, except } })).state;
  }
}

@Controller()
class WorkController {
  constructor(
    private readonly work: Work,
    private readonly maintenance: MaintenanceService,
  ) {}

  @MessagePattern('migrate')
  migrate(): Promise<string> {
    return this.work.do();
  }

  @MessagePattern('drain')
  drain(@Ctx() except: object): Promise<unknown> {
    return this.maintenance.drained({ timeoutMs: 60_000, except });
  }

  @MessagePattern('enable')
  async enable(@Ctx() except: object): Promise<string> {
    return (await this.maintenance.enable({ drain: { timeoutMs: TOO_LONG_MS, except } })).state;
  }
}

afterEach(closeApps);
afterEach(closeMicroservices);

describe.each(graphqlServers)('Work in flight of GraphQL on $name', ({ create }) => {
  it('continues after the client has gone away', async () => {
    const { port, get } = await create({ providers: [WorkResolver, Work] });
    const body = JSON.stringify({ query: 'mutation { migrate }' });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const client = httpRequest({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers });
    client.on('error', () => undefined).end(body);
    const work = get(Work);
    await until('the mutation begins', () => work.begun === 1);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.destroy();
    await closed;
    const maintenance = get(MaintenanceService);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    const drained = maintenance.drained();
    work.end();
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('does not include the caller', async () => {
    const { url } = await create({ providers: [WorkResolver, Work] });
    const { body } = await post(url, 'mutation { drain }').expect(200);
    expect(body).toEqual({ data: { drain: true } });
  });

  it('is what enable with drain waits for, but not for the caller', async () => {
    const { url, get } = await create({ providers: [WorkResolver, Work] });
    const [work, maintenance] = [get(Work), get(MaintenanceService)];
    const migrated = post(url, 'mutation { migrate }').then(({ body }: { body: unknown }) => body);
    await until('the mutation begins', () => work.begun === 1);
    const order: string[] = [];
    const enabled = post(url, 'mutation { enable }').then(({ body }: { body: unknown }) => {
      order.push('enabled');
      return body;
    });
    await until('maintenance', () => maintenance.isActive());
    order.push('ending');
    work.end();
    expect(await enabled).toEqual({ data: { enable: 'active' } });
    expect(await migrated).toEqual({ data: { migrate: 'done' } });
    expect(order).toEqual(['ending', 'enabled']);
  });
});

describe.each(microservices)('Work in flight of %s', (_, { start }) => {
  it('is waited for, and does not include the caller', async () => {
    const { send, get, maintenance } = await start({ controllers: [WorkController], providers: [Work] });
    const work = get(Work);
    const migrated = send('migrate');
    await until('the message is handled', () => work.begun === 1);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    const drained = send('drain');
    work.end();
    expect(await drained).toEqual(NOTHING_LEFT);
    expect(await migrated).toBe('done');
  });

  it('is what enable with drain waits for, but not for the caller', async () => {
    const { send, get, maintenance } = await start({ controllers: [WorkController], providers: [Work] });
    const work = get(Work);
    const migrated = send('migrate');
    await until('the message is handled', () => work.begun === 1);
    const order: string[] = [];
    const enabled = send('enable').then((state) => order.push(`enabled: ${String(state)}`));
    await until('maintenance', () => maintenance.isActive());
    order.push('ending');
    work.end();
    await enabled;
    expect(await migrated).toBe('done');
    expect(order).toEqual(['ending', 'enabled: active']);
  });
});
