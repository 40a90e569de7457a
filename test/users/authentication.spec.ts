import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type MaintenanceModuleOptions, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { ANONYMOUS, as, jwtGuards, placements, STAFF, USER, verify } from './jwt.js';

const ignore = { staff: true } as const;
const FORGED = { Authorization: `${as({ sub: 'mallory', isStaff: true }).Authorization}x` };

/** With the answer to an anonymous request: ours, or that of a guard which runs later. */
const modes: [how: string, options: MaintenanceModuleOptions, anonymous: 401 | 503][] = [
  ['user.get', { ignore, user: { get: verify } }, 503],
  ['afterGuards, implied', { ignore }, 401],
  ['afterGuards, explicit', { ignore, user: { afterGuards: true } }, 401],
  ['both user.get and afterGuards', { ignore, user: { get: verify, afterGuards: true } }, 401],
];

afterEach(closeApps);

describe.each(platforms)('On %s', (platform, createApp) =>
  describe.each(placements)('with authentication by %s', (where, settings) => {
    const isBefore = where.endsWith('before');

    it.each(modes)('and %s, only staff pass', async (_, options, anonymous) => {
      const storage = new MemoryStorage();
      const { url, get } = await createApp(settings(jwtGuards[platform], { storage, ...options }));
      const ask = (headers: Record<string, string>) => request(url).get('/profile').set(headers);
      await ask(ANONYMOUS).expect(401);
      await ask(USER).expect(200);

      await get(MaintenanceService).enable();
      await ask(STAFF).expect(200, 'the profile');
      await ask(USER).expect(503).expect('Maintenance-Mode', 'active').expect('Cache-Control', 'no-store');
      for (const nobody of [ANONYMOUS, FORGED]) await ask(nobody).expect(isBefore ? 401 : anonymous);

      await get(MaintenanceService).disable();
      await ask(USER).expect(200);
    });

    it(`and afterGuards: false, ${isBefore ? 'staff pass' : 'no user is known yet'}`, async () => {
      const options = { enabled: true, storage: new MemoryStorage(), ignore, user: { afterGuards: false } };
      const { url } = await createApp(settings(jwtGuards[platform], options));
      const { status, text } = await request(url).get('/profile').set(STAFF);
      expect(status).toBe(isBefore ? 200 : 503);
      expect(text.includes('the profile')).toBe(isBefore);
    });

    it('and no rule about users, every user is blocked', async () => {
      const { url } = await createApp(
        settings(jwtGuards[platform], { enabled: true, storage: new MemoryStorage() }),
      );
      // Before any guard, wherever it was imported.
      for (const who of [USER, STAFF, ANONYMOUS]) await request(url).get('/profile').set(who).expect(503);
    });
  }),
);
