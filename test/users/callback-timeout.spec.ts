import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import {
  type MaintenanceModuleOptions,
  MaintenanceOptionsError,
  MaintenanceService,
} from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';
import { KeptLogs } from '../support/logs.js';
import { PageController, ShopController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const slowly = (): Promise<boolean> => setTimeout(10, true);
const never = (): Promise<never> => new Promise(() => {});

afterEach(closeApps);

type Options = Pick<MaintenanceModuleOptions, 'ignore' | 'user' | 'logout'>;

const HANGING: [name: string, options: Options, told: RegExp][] = [
  [
    'user.get',
    { ignore: { staff: true }, user: { get: never } },
    /^user has failed.*user\.get did not answer/,
  ],
  [
    'user.get after guards',
    { ignore: { staff: true }, user: { get: never, afterGuards: true } },
    /^user has failed.*user\.get did not answer/,
  ],
  ['ignore.when', { ignore: { when: never } }, /^ignore\.when has failed.*did not answer/],
  [
    'logout.handler',
    {
      ignore: { anonymousUsers: true },
      user: { get: () => ({ id: 'sam' }) },
      logout: { authenticatedUsers: true, handler: never },
    },
    /^logout has failed.*logout\.handler did not answer/,
  ],
];

describe.each(platforms)('callbackTimeoutMs on %s', (_, createApp) => {
  let logger = new KeptLogs();
  beforeEach(() => void (logger = new KeptLogs()));
  const controllers = [PageController];

  it.each(HANGING)(
    'bounds the wait for %s: visitors get a 503, and one line in the log says why',
    async (...row) => {
      const [, options, told] = row;
      const { url } = await createApp({
        controllers,
        logger,
        options: { enabled: true, callbackTimeoutMs: 20, ...options },
      });
      for (let visitors = 0; visitors < 3; visitors += 1)
        await request(url).get('/page').expect(503).expect('Maintenance-Mode', 'active');
      await request(url).get('/nowhere').expect(503);
      expect(logger.lines).toEqual([expect.stringMatching(told)]);
      expect(logger.lines[0]).toContain('20 ms');
    },
  );

  it('bounds the wait of a scope, on which only the guard decides', async () => {
    const options = { callbackTimeoutMs: 20, ignore: { staff: true }, user: { get: never } };
    const { url, get } = await createApp({ controllers: [ShopController], logger, options });
    await get(MaintenanceService).enable({ scope: 'shop' });
    await request(url).get('/page').expect(503).expect('Maintenance-Mode', 'active');
  });

  it('is waited for once by a request, however many rules need the result', async () => {
    let calls = 0;
    const get = (): Promise<never> => {
      calls += 1;
      return never();
    };
    const { url } = await createApp({
      controllers,
      logger,
      options: {
        enabled: true,
        callbackTimeoutMs: 500,
        ignore: { staff: true, superusers: true },
        logout: { authenticatedUsers: true },
        user: { get },
      },
    });
    await request(url).get('/page').expect(503);
    expect(calls).toBe(1);
  });

  it('is waited for once by a request also if another callback hangs for as long in between', async () => {
    const calls = { get: 0, when: 0 };
    const hangs = (name: keyof typeof calls) => (): Promise<never> => {
      calls[name] += 1;
      return never();
    };
    const { url } = await createApp({
      controllers,
      logger,
      options: {
        enabled: true,
        callbackTimeoutMs: 100,
        ignore: { staff: true, when: hangs('when') },
        user: { get: hangs('get') },
      },
    });
    await request(url).get('/page').expect(503);
    expect(calls).toEqual({ get: 1, when: 1 });
  });

  it('counts the calls of one request together', async () => {
    let calls = 0;
    // Knows nobody, and takes more than half of the time for it: asked twice, it has had its time.
    const get = async (): Promise<null> => {
      calls += 1;
      await setTimeout(300);
      return null;
    };
    const { url } = await createApp({
      controllers,
      logger,
      options: {
        enabled: true,
        callbackTimeoutMs: 500,
        ignore: { staff: true },
        logout: { authenticatedUsers: true },
        user: { get },
      },
    });
    await request(url).get('/page').expect(503);
    expect(calls).toBeLessThanOrEqual(2);
    expect(logger.lines).toEqual([expect.stringContaining('user.get did not answer within 500 ms')]);
  });

  it.each([
    ['resolves', (settle: Settle) => settle.resolve(true)],
    ['rejects', (settle: Settle) => settle.reject(new Error('too late'))],
  ])('ignores a callback that %s too late', async (__, finish) => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    const waiting: Settle[] = [];
    const when = (): Promise<boolean> =>
      new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
    const { url } = await createApp({
      controllers,
      logger,
      options: { enabled: true, callbackTimeoutMs: 20, ignore: { when } },
    });
    await request(url).get('/page').expect(503);
    for (const settle of waiting) finish(settle);
    await request(url).get('/page').expect(503);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
    expect(logger.lines).toHaveLength(1);
  });

  it('lets requests pass if their callback answers in time', async () => {
    const when = slowly;
    const options = { enabled: true, callbackTimeoutMs: 60_000, ignore: { when } };
    const { url } = await createApp({ controllers, logger, options });
    await request(url).get('/page').expect(200);
  });

  it('calls nothing while maintenance is off', async () => {
    const options = { callbackTimeoutMs: 20, ignore: { when: never, staff: true }, user: { get: never } };
    const { url } = await createApp({ controllers, logger, options });
    await request(url).get('/page').expect(200);
    expect(logger.lines).toEqual([]);
  });

  it('leads to a 503 on the toggle routes that says that the user is not known', async () => {
    const options = { callbackTimeoutMs: 20, user: { get: never } };
    const { url, get } = await createApp({ controllers, logger, options });
    for (const method of ['get', 'post'] as const) {
      const { body } = await request(url)[method]('/maintenance-mode/on').expect(503);
      expect(body).toMatchObject({ message: expect.stringContaining('not answered in time') });
    }
    expect(get(MaintenanceService).isActive()).toBe(false);
    await request(url).get('/maintenance-mode').expect(200);
  });
});

interface Settle {
  resolve(value: boolean): void;
  reject(error: Error): void;
}

describe('callbackTimeoutMs', () => {
  it.each([0, -1, 1.5, '2000', null, 2 ** 31, Infinity])('%p fails at boot', async (callbackTimeoutMs) => {
    const error = await bootError({ callbackTimeoutMs });
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: 'callbackTimeoutMs' });
  });
});
