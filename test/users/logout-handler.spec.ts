import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { IgnoreOptions, LogoutOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { type NamedRequest, SAM, UMA, userOf } from './names.js';

const fails = (): never => {
  throw new Error('no sessions');
};
const rejects = async (): Promise<never> => fails();

afterEach(closeApps);

describe.each(platforms)('logout.handler on %s', (_, createApp) => {
  async function start(ignore: IgnoreOptions, handler?: LogoutOptions['handler']) {
    const logger = new KeptLogs();
    const logout = { authenticatedUsers: true, ...(handler && { handler }) };
    const options = { enabled: true, ignore, logout, user: { get: userOf } };
    const { url } = await createApp({ options, controllers: [PageController], logger });
    return { url, logger };
  }

  it.each<[string, (ended: string[]) => LogoutOptions['handler'] & object]>([
    ['at once', (ended) => (asked: NamedRequest) => void ended.push(String(asked.headers['x-name']))],
    [
      'by a promise',
      (ended) => async (asked: NamedRequest) => {
        await Promise.resolve();
        ended.push(String(asked.headers['x-name']));
      },
    ],
  ])(
    'ends sessions %s, and anonymous users then pass only with ignore.anonymousUsers',
    async (__, handler) => {
      for (const anonymousUsers of [false, true]) {
        const ended: string[] = [];
        const { url, logger } = await start({ anonymousUsers, staff: true }, handler(ended));
        await request(url)
          .get('/page')
          .set(UMA)
          .expect(anonymousUsers ? 200 : 503);
        await request(url).get('/page').set(SAM).expect(200);
        await request(url)
          .get('/page')
          .expect(anonymousUsers ? 200 : 503);
        expect(ended).toEqual(['uma']);
        expect(logger.lines).toEqual([]);
      }
    },
  );

  it.each<[string, LogoutOptions['handler'], string]>([
    ['throws', fails, 'no sessions'],
    ['rejects', rejects, 'no sessions'],
    ['is absent, and there is no session to end', undefined, 'set logout.handler'],
  ])('that %s leads to a 503, and is logged once', async (__, handler, message) => {
    const { url, logger } = await start({ anonymousUsers: true }, handler);
    for (const attempt of [1, 2, 3]) {
      await request(url).get('/page').set(UMA).expect(503);
      await request(url).get('/page').expect(200);
      expect([attempt, logger.lines]).toEqual([attempt, [expect.stringContaining(message)]]);
    }
  });

  it.each<[string, object, string]>([
    ['logout() fails', { logout: (done: (error: Error) => void) => done(new Error('lost')) }, 'lost'],
    ['session.destroy() fails', { session: { destroy: async () => rejects() } }, 'no sessions'],
    ['logout() throws', { logout: fails, session: { destroy: (done: () => void) => done() } }, 'no sessions'],
  ])('leads to a 503 if %s', async (__, members, message) => {
    const logger = new KeptLogs();
    const get = (asked: NamedRequest): unknown => {
      Object.assign(asked, members);
      return userOf(asked);
    };
    const { url } = await createApp({
      options: {
        enabled: true,
        ignore: { anonymousUsers: true },
        logout: { authenticatedUsers: true },
        user: { get },
      },
      controllers: [PageController],
      logger,
    });
    await request(url).get('/page').set(UMA).expect(503);
    expect(logger.lines).toEqual([expect.stringContaining(message)]);
  });

  it('that fails is logged once, also if other requests succeed in between', async () => {
    const { url, logger } = await start({ staff: true }, rejects);
    for (const [who, status] of [
      [UMA, 503],
      [{}, 503],
      [SAM, 200],
      [UMA, 503],
    ] as const) {
      await request(url).get('/page').set(who).expect(status);
    }
    expect(logger.lines).toEqual([expect.stringContaining('no sessions')]);
  });

  it('is not called if user.get fails, which is logged once', async () => {
    const logger = new KeptLogs();
    const ended: string[] = [];
    const logout = { authenticatedUsers: true, handler: () => void ended.push('somebody') };
    const options = { enabled: true, ignore: { anonymousUsers: true }, logout, user: { get: rejects } };
    const { url } = await createApp({ options, controllers: [PageController], logger });
    await request(url).get('/page').set(UMA).expect(503);
    await request(url).get('/page').expect(503);
    expect(ended).toEqual([]);
    expect(logger.lines).toEqual([expect.stringContaining('no sessions')]);
  });
});
