import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { MaintenanceModule, MemoryStorage } from '../../lib/index.js';
import { PageController } from '../support/pages.js';

/** What is trusted: an address, nothing, or what a function of the application says. */
type Trusted = string | boolean | (() => boolean);
type CreateAdapter = (trusted: Trusted) => ExpressAdapter | FastifyAdapter;

/** As docs/rules.md says it. */
const adapters: [name: string, create: CreateAdapter][] = [
  [
    'express',
    (trusted) => {
      const adapter = new ExpressAdapter();
      adapter.set('trust proxy', trusted);
      return adapter;
    },
  ],
  ['fastify', (trusted) => new FastifyAdapter({ trustProxy: trusted })],
];

let app: INestApplication | undefined;
afterEach(async () => app?.close());

describe.each(adapters)('X-Forwarded-For on %s', (_, createAdapter) => {
  /** The client connects from 127.0.0.1. */
  async function boot(trusted: Trusted, ipAddresses: readonly string[]): Promise<string> {
    const maintenance = MaintenanceModule.forRoot({
      storage: new MemoryStorage(),
      enabled: true,
      ignore: { ipAddresses },
      bypass: { secret: 'the kettle boils at nine' },
    });
    const testing = await Test.createTestingModule({
      imports: [maintenance],
      controllers: [PageController],
    }).compile();
    app = testing.createNestApplication(createAdapter(trusted), { logger: false });
    await app.listen(0, '127.0.0.1');
    return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  }

  it.each<[trusted: string | boolean, forwarded: string, status: number]>([
    // Through a proxy that is trusted.
    ['127.0.0.1', '10.0.0.5', 200],
    ['127.0.0.1', '::ffff:10.0.0.5', 200],
    ['127.0.0.1', '10.0.0.6', 503],
    ['127.0.0.1', '10.0.0.5, 203.0.113.9', 503], // what the proxy itself saw comes last
    ['127.0.0.1', '203.0.113.9, 10.0.0.5', 200],
    ['127.0.0.1, 203.0.113.9', '10.0.0.5, 203.0.113.9', 200],
    ['127.0.0.1', '010.0.0.5', 503],
    ['127.0.0.1', '10.0.0.5:8080', 503],
    ['127.0.0.1', '"><script>alert(1)</script>', 503],
    ['127.0.0.1', '', 503],
    ['127.0.0.1', ',', 503],
    ['127.0.0.1', 'unknown', 503],
    // From a peer that is not.
    ['203.0.113.9', '10.0.0.5', 503],
    ['203.0.113.9', '::ffff:10.0.0.5', 503],
    [false, '10.0.0.5', 503],
    [false, '10.0.0.5, 10.0.0.5', 503],
  ])('with %j trusted, %j answers %i', async (trusted, forwarded, status) => {
    const url = await boot(trusted, ['10.0.0.5']);
    const response = await request(url)
      .get('/page')
      .set({ 'X-Forwarded-For': forwarded, Accept: 'text/html' })
      .expect(status);
    expect(response.text).not.toContain('<script>alert');
  });

  it.each(['Forwarded', 'X-Real-IP', 'X-Client-IP', 'CF-Connecting-IP', 'True-Client-IP'])(
    '%s is not believed, even from a proxy that is trusted',
    async (name) => {
      const url = await boot('127.0.0.1', ['10.0.0.5']);
      const value = name === 'Forwarded' ? 'for=10.0.0.5' : '10.0.0.5';
      await request(url).get('/page').set(name, value).expect(503);
    },
  );

  it('answers 503 if a proxy setting throws, and runs nothing of the application', async () => {
    const url = await boot(() => {
      throw new Error('broken on purpose');
    }, []);
    const forwarded = { Cookie: 'maintenance=1', 'X-Forwarded-Proto': 'https' };
    const response = await request(url).get('/page').set(forwarded).expect(503);
    expect(response.text).not.toContain('the page');
    // The process is still there.
    await request(url).get('/page').expect(503);
  });

  it('the address of a listed proxy does not exempt its clients', async () => {
    const url = await boot('127.0.0.1', ['127.0.0.1']);
    await request(url).get('/page').set('X-Forwarded-For', '203.0.113.9').expect(503);
    await request(url).get('/page').expect(200);
  });
});
