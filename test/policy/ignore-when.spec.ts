import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { IgnoreOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

type When = NonNullable<IgnoreOptions['when']>;

const isTester: When = (message) =>
  (message as { headers: Record<string, string | undefined> }).headers['x-tester'] === 'yes';

afterEach(closeApps);

describe.each(platforms)('ignore.when on %s', (_, createApp) => {
  const controllers = [PageController];

  it.each<[string, When]>([
    ['at once', isTester],
    ['by a promise', async (message) => isTester(message)],
  ])('decides on each request, %s', async (__, when) => {
    const { url } = await createApp({ controllers, options: { enabled: true, ignore: { when } } });
    await request(url).get('/page').set('X-Tester', 'yes').expect(200, 'the page');
    await request(url).get('/page').set('X-Tester', 'no').expect(503);
    await request(url).get('/page').expect(503);
  });

  it.each<[string, unknown]>([
    ['1', 1],
    ['"true"', 'true'],
    ['an object', {}],
    ['a list', [true]],
    ['new Boolean(true)', Object(true)],
    ['a function', () => true],
    ['null', null],
    ['undefined', undefined],
    ['a promise of 1', Promise.resolve(1)],
    ['a promise of an object', Promise.resolve({})],
    ['a promise of nothing', Promise.resolve()],
  ])('that returns %s exempts nothing: only true does', async (__, verdict) => {
    const when = (): boolean => verdict as boolean;
    const { url } = await createApp({ controllers, options: { enabled: true, ignore: { when } } });
    await request(url).get('/page').expect(503);
  });

  it.each<[string, When]>([
    [
      'throws',
      () => {
        throw new Error('no flags');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no flags'))],
  ])('that %s exempts nothing, and is logged once', async (__, when) => {
    const logger = new KeptLogs();
    const options = { enabled: true, ignore: { when } };
    const { url } = await createApp({ controllers, options, logger });
    for (let visitors = 0; visitors < 3; visitors += 1) {
      await request(url).get('/page').expect(503).expect('Maintenance-Mode', 'active');
    }
    expect(logger.lines).toEqual([expect.stringMatching(/^ignore\.when has failed.*no flags/)]);
  });

  it('is not called if another rule exempts the request, or while maintenance is off', async () => {
    let asked = 0;
    const when: When = () => (asked += 1) > 0;
    const options = { ignore: { when, urls: ['/page'] } };
    const exempt = await createApp({ controllers, options: { ...options, enabled: true } });
    await request(exempt.url).get('/page').expect(200);
    const off = await createApp({ controllers, options: { ignore: { when } } });
    await request(off.url).get('/page').expect(200);
    expect(asked).toBe(0);
  });
});
