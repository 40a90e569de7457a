import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { ResponseOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

type Context = NonNullable<ResponseOptions['context']>;

const refuses = (): never => {
  throw new Error('no');
};

let reads = 0;

const HOSTILE: [what: string, context: () => unknown][] = [
  [
    'a getter that throws',
    () => ({
      get a(): string {
        return refuses();
      },
    }),
  ],
  [
    'a getter that throws when it is read again',
    () => ({
      get a(): string {
        return (reads += 1) % 2 ? 'once' : refuses();
      },
    }),
  ],
  ['a proxy without keys', () => new Proxy({}, { ownKeys: refuses })],
  ['a proxy whose members throw', () => new Proxy({ a: 1 }, { get: refuses })],
  ['a proxy that denies its descriptors', () => new Proxy({ a: 1 }, { getOwnPropertyDescriptor: refuses })],
  ['a proxy without a prototype', () => new Proxy({}, { getPrototypeOf: refuses, has: refuses })],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  // oxlint-disable-next-line no-thenable -- other people's code does
  ['a thenable that throws', () => ({ then: refuses })],
  ['toJSON', () => ({ toJSON: refuses })],
  ['toString that throws in a value', () => ({ a: { toString: refuses } })],
  ['lone surrogates', () => ({ a: '\ud800', '\udfff': 'x' })],
  [
    '__proto__ and constructor',
    () => JSON.parse('{"__proto__":"x","constructor":"y","hasOwnProperty":"z"}') as unknown,
  ],
  ['text longer than a string can be', () => ({ a: 'x'.repeat(2 ** 29 - 30) })],
  ['NaN and Infinity', () => ({ a: NaN, b: -Infinity })],
];

afterEach(closeApps);

describe.each(platforms)('response.context on %s', (_, createApp) => {
  let folder = '';
  let logger = new KeptLogs();
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'maintenance-'))));
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(() => void (logger = new KeptLogs()));

  it.each(HOSTILE)('that returns %s results in a complete 503, in every format', async (__, context) => {
    const template = join(folder, 'page.hbs');
    await writeFile(template, '<p>{{a}}{{b}}{{constructor}}</p>');
    const { url } = await createApp({
      controllers: [PageController],
      logger,
      options: { enabled: true, response: { template, context: context as Context } },
    });
    for (const headers of [{}, { Accept: 'application/json' }, HTML]) {
      for (let visitors = 0; visitors < 2; visitors += 1) {
        const response = await request(url).get('/page').set(headers).expect(503);
        expect(response.headers).toMatchObject({ 'maintenance-mode': 'active', 'cache-control': 'no-store' });
        expect(response.text.length).toBeGreaterThan(0);
      }
    }
    expect(logger.lines.length).toBeLessThanOrEqual(2);
  });
});
