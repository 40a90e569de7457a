import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

const isSuperuser = (): boolean => true;
const fails = (): never => {
  throw new Error('no database');
};
const rejects = async (): Promise<never> => fails();
const mailOf = (user: unknown): string => `mail:${(user as { mail: string }).mail}`;
const ada = { id: 'ada', isSuperuser: true };

afterEach(closeApps);

describe.each(platforms)('Who toggles on %s', (_, createApp) => {
  it.each<[user: unknown, by: string | null]>([
    [{ id: 'a', sub: 'b', username: 'c', name: 'd' }, 'a'],
    [{ sub: 'b', username: 'c', name: 'd' }, 'b'],
    [{ username: 'c', name: 'd' }, 'c'],
    [{ name: 'd' }, 'd'],
    [{ id: 7 }, '7'],
    [{ id: 0, name: 'd' }, '0'],
    [{ id: 12n }, '12'],
    [{ id: null, sub: 'b' }, 'b'],
    [{ id: { toString: () => 'x' }, name: 'd' }, 'd'],
    [{}, null],
    ['ada', null],
  ])('%j is kept as %j', async (user, by) => {
    const { base, maintenance } = await toggleApp(createApp, {
      options: { user: { get: () => user, isSuperuser } },
    });
    await request(base).post('/on').expect(200);
    expect(maintenance.status().by).toBe(by);
  });

  it('is what user.id says', async () => {
    const options = {
      user: { get: async () => ({ id: 'a', mail: 'a@x.example' }), isSuperuser, id: mailOf },
    };
    const { base, maintenance } = await toggleApp(createApp, { options });
    await request(base).post('/on').expect(200);
    expect(maintenance.status().by).toBe('mail:a@x.example');
    await request(base).post('/off').expect(200);
    expect(maintenance.status().by).toBe('mail:a@x.example');
  });

  it('is request.user if user.get knows nobody, or is not set', async () => {
    class SetsUser {
      canActivate(context: { switchToHttp(): { getRequest(): { user?: unknown } } }): boolean {
        context.switchToHttp().getRequest().user = ada;
        return true;
      }
    }
    for (const user of [{ get: () => null }, {}]) {
      const options = { user, controller: { guards: [SetsUser] } };
      const { base, maintenance } = await toggleApp(createApp, { options });
      await request(base).post('/on').expect(200);
      expect(maintenance.status().by).toBe('ada');
    }
  });

  // What the types forbid, and JavaScript and `as` allow.
  it.each<[what: string, user: Record<string, unknown>]>([
    ['user.get knows nobody', { get: () => undefined, isSuperuser }],
    ['user.isSuperuser is a promise of true', { get: () => ada, isSuperuser: async () => true }],
    ['user.isSuperuser is a promise that breaks', { get: () => ada, isSuperuser: rejects }],
    ['user.isSuperuser is 1', { get: () => ada, isSuperuser: () => 1 }],
    ['user.isSuperuser is "true"', { get: () => ada, isSuperuser: () => 'true' }],
    ['the user is superuser only by inheritance of text', { get: () => ({ isSuperuser: 'true' }) }],
  ])('where %s, is nobody: 403, and nothing changes', async (__, user) => {
    const { base, storage } = await toggleApp(createApp, { options: { user } });
    for (const action of ['on', 'off']) {
      await request(base).post(`/${action}`).expect(403);
      await request(base).get(`/${action}`).expect(403);
      await request(base).get(`/${action}`).set({ Cookie: 'a=b', Accept: 'text/html' }).expect(403);
    }
    expect(storage.writes).toBe(0);
  });

  it.each<[what: string, user: Record<string, unknown>]>([
    ['user.get throws', { get: fails }],
    ['user.get rejects', { get: rejects }],
    ['user.get gives an object whose members throw', { get: () => new Proxy({}, { get: fails }) }],
    ['user.get rejects with what has no text', { get: async () => Promise.reject(Object.create(null)) }],
    ['user.isSuperuser throws', { get: () => ada, isSuperuser: fails }],
    ['user.id throws', { get: () => ada, id: fails }],
  ])('if %s, is not known: 503, and nothing changes', async (__, user) => {
    const { base, storage } = await toggleApp(createApp, { options: { user } });
    for (const action of ['on', 'off']) {
      const { body } = await request(base).post(`/${action}`).expect(503);
      expect(body).toMatchObject({ message: expect.stringContaining('not known who you are') });
      await request(base).get(`/${action}`).set({ Cookie: 'a=b', Accept: 'text/html' }).expect(503);
    }
    expect(storage.writes).toBe(0);
  });

  it.each<[what: string, id: () => unknown]>([
    ['a promise that breaks', rejects],
    ['an object', () => ({ toString: fails })],
    ['a symbol', () => Symbol('ada')],
  ])('has no name if user.id returns %s', async (__, id) => {
    const user = { get: () => ada, id: id as () => string };
    const { base, maintenance } = await toggleApp(createApp, { options: { user } });
    await request(base).post('/on').expect(200);
    expect(maintenance.status()).toMatchObject({ state: 'active', by: null });
  });
});
