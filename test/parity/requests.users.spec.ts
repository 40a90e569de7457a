import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import type { MaintenanceModuleOptions, UserOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { before, type Kind, userOf } from './kinds.js';

const KINDS: readonly Kind[] = ['anonymous', 'plain', 'staff', 'superuser'];

/** As authentication in a middleware does. */
const byMiddleware = (app: INestApplication): void =>
  before(app, (message) => {
    const user = userOf(message);
    if (user) message.user = user;
  });

type WayToTell = [name: string, user: UserOptions, configure: (app: INestApplication) => void];

const waysToTell: WayToTell[] = [
  ['user.get', { get: (message) => userOf(message) }, () => undefined],
  ['request.user', {}, byMiddleware],
  ['request.user, before the guards', { afterGuards: false }, byMiddleware],
];

const settings = (get: UserOptions['get'], ignore = { staff: true }) => ({
  controllers: [PageController],
  options: { enabled: true, ignore, user: get ? { get } : {} } satisfies MaintenanceModuleOptions,
  configure: byMiddleware,
});

const byHeader = (message: unknown): object | null => userOf(message, 'x-other');

afterEach(closeApps);

describe.each(platforms)('Parity 15: kinds of user on %s', (_, createApp) => {
  describe.each(waysToTell)('known by %s', (__, user, configure) => {
    it.each<[option: string, passing: Kind[]]>([
      ['none', []],
      ['anonymousUsers', ['anonymous']],
      ['authenticatedUsers', ['plain', 'staff', 'superuser']],
      ['staff', ['staff']],
      ['superusers', ['superuser']],
    ])('%s: %j pass, and nobody else', async (option, passing) => {
      const ignore = option === 'none' ? {} : { [option]: true };
      const options = { enabled: true, user, ignore };
      const { url } = await createApp({ controllers: [PageController], options, configure });
      for (const kind of KINDS) {
        const { status } = await request(url).get('/page').set('X-Kind', kind);
        expect([kind, status]).toEqual([kind, passing.includes(kind) ? 200 : 503]);
      }
    });

    it('while maintenance is off everybody passes', async () => {
      const options = { user, ignore: { staff: true } };
      const { url } = await createApp({ controllers: [PageController], options, configure });
      for (const kind of KINDS) await request(url).get('/page').set('X-Kind', kind).expect(200);
    });
  });
});

describe.each(platforms)('Parity 16: user.get on %s', (_, createApp) => {
  it.each<[string, UserOptions['get']]>([
    ['at once', byHeader],
    ['by a promise', async (message) => byHeader(message)],
  ])('wins over request.user, and falls back to it with a null, %s', async (__, get) => {
    const { url } = await createApp(settings(get));
    const ask = (middleware: Kind, own: Kind) =>
      request(url).get('/page').set({ 'X-Kind': middleware, 'X-Other': own });
    await ask('plain', 'staff').expect(200);
    await ask('staff', 'plain').expect(503);
    await ask('staff', 'anonymous').expect(200);
    await ask('plain', 'anonymous').expect(503);
    await ask('anonymous', 'anonymous').expect(503);
  });

  it.each<[string, NonNullable<UserOptions['get']>]>([
    [
      'throws',
      () => {
        throw new Error('no directory');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no directory'))],
  ])('that %s blocks, is logged, and does not crash', async (__, get) => {
    for (const ignore of [{ staff: true }, { staff: true, anonymousUsers: true }]) {
      const logger = new KeptLogs();
      const { url } = await createApp({ ...settings(get, ignore), logger });
      await request(url).get('/page').set('X-Kind', 'staff').expect(503);
      await request(url).get('/page').set('X-Kind', 'staff').expect(503);
      expect(logger.lines).toEqual([expect.stringContaining('no directory')]);
      await closeApps();
    }
  });
});
