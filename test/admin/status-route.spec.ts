import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MemoryStorage, type StoredRecord } from '../../lib/index.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const OFF = {
  state: 'off',
  mode: 'full',
  reason: null,
  startsAt: null,
  endsAt: null,
  announced: false,
};
const SECRET = 'a secret of enough length';

const fails = (): never => {
  throw new Error('no database');
};

afterEach(closeApps);

describe.each(mountings)('The status route on %s', (_, createApp, prefix) => {
  it('tells anyone the state, and no names', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const off = await request(base).get('').expect(200);
    expect(off.body).toEqual({ ...OFF, scopes: [] });

    const startsAt = '2999-01-02T03:04:05.000Z';
    const endsAt = '2999-01-02T05:04:05.000Z';
    await maintenance.enable({
      reason: 'Why',
      startsAt,
      endsAt,
      mode: 'read-only',
      by: 'ada',
      note: 'secret',
    });
    const scheduled = await request(base)
      .get('')
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    expect(scheduled.body).toEqual({
      state: 'scheduled',
      mode: 'read-only',
      reason: 'Why',
      startsAt,
      endsAt,
      announced: false,
      scopes: [],
    });
    expect(scheduled.headers['cache-control']).toBe('no-store');

    await maintenance.enable({ reason: 'Now', by: 'ada' });
    const active = await request(base).get('').set('Accept', 'text/html').expect(200);
    expect(active.body).toEqual({ ...OFF, state: 'active', reason: 'Now', scopes: [] });
    expect(active.text).not.toMatch(/ada|secret/);
    expect(active.headers).not.toHaveProperty('maintenance-mode');
  });

  it('says that a window is announced', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable({ startsAt: new Date(Date.now() + 3_600_000) });
    await request(base)
      .get('')
      .expect(200, /"announced":true/);
  });

  it('lists the scopes that are not off, and with ?scope= one alone', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable({ scope: 'billing', reason: 'Invoices', by: 'ada' });
    await maintenance.enable({ scope: 'shipping' });
    await maintenance.disable({ scope: 'shipping' });
    const billing = { ...OFF, scope: 'billing', state: 'active', reason: 'Invoices' };
    const all = await request(base).get('').expect(200);
    expect(all.body).toEqual({ ...OFF, scopes: [billing] });
    expect((await request(base).get('?scope=billing').expect(200)).body).toEqual(billing);
    expect((await request(base).get('?scope=shipping').expect(200)).body).toEqual({
      ...OFF,
      scope: 'shipping',
    });
    await request(base).get('?scope=__proto__').expect(400);
  });

  it.each<[who: string, headers: Record<string, string>, sees: boolean]>([
    ['a superuser', BEARER, true],
    ['whoever sends the bypass secret', { 'Maintenance-Bypass': SECRET }, true],
    ['a plain user', { Authorization: 'Bearer bob' }, false],
    ['whoever sends another secret', { 'Maintenance-Bypass': `${SECRET}!` }, false],
  ])('tells %s with %j about the process and the record: %s', async (who, headers, sees) => {
    const options = { bypass: { secret: SECRET } };
    const { base, maintenance } = await toggleApp(createApp, { prefix, options });
    await maintenance.enable();
    const job = new EventEmitter();
    const work = maintenance.trackWork(once(job, 'end'));
    const { body } = await request(base).get('').set(headers).expect(200);
    job.emit('end');
    await work;
    const { revision } = maintenance.status();
    const more = { revision, stale: false, inFlight: 1, instance: expect.stringMatching(/.:\d+$/) };
    const internal = {
      reasons: null,
      note: null,
      allow: null,
      announceFrom: null,
      since: expect.any(String),
      setIn: revision,
      next: null,
    };
    expect(body).toEqual({
      ...OFF,
      state: 'active',
      scopes: [],
      ...(sees && more),
      ...(who === 'a superuser' && internal),
    });
  });
});

describe.each(platforms)('The status route on %s', (_, createApp) => {
  it('says that the storage does not answer, and answers itself', async () => {
    class FailingStorage extends MemoryStorage {
      fails = false;

      override async read(): Promise<StoredRecord | null> {
        if (this.fails) throw new Error('no connection');
        return super.read();
      }
    }
    const storage = new FailingStorage();
    const { base, maintenance } = await toggleApp(createApp, { options: { storage, user: people } });
    await maintenance.enable();
    storage.fails = true;
    await expect(maintenance.refresh()).rejects.toThrow('no connection');
    const { body } = await request(base).get('').set(BEARER).expect(200);
    expect(body).toMatchObject({ state: 'active', stale: true });
  });

  it('answers anyone if it cannot be found out who the user is', async () => {
    const { base } = await toggleApp(createApp, { options: { user: { get: fails } } });
    expect((await request(base).get('').expect(200)).body).toEqual({ ...OFF, scopes: [] });
  });
});
