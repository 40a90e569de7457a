import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { closeApps } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

afterEach(closeApps);

describe.each(mountings)('The status route on %s', (_, createApp, prefix) => {
  it('tells anyone the state, and no names', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const off = await request(base).get('').expect(200);
    expect(off.body).toEqual({ state: 'off', mode: 'full', reason: null, startsAt: null, endsAt: null });

    const startsAt = '2999-01-02T03:04:05.000Z';
    const endsAt = '2999-01-02T05:04:05.000Z';
    await maintenance.enable({ reason: 'Why', startsAt, endsAt, mode: 'read-only', by: 'ada' });
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
    });
    expect(scheduled.headers['cache-control']).toBe('no-store');

    await maintenance.enable({ reason: 'Now', by: 'ada' });
    const active = await request(base).get('').set('Accept', 'text/html').expect(200);
    expect(active.body).toEqual({
      state: 'active',
      mode: 'full',
      reason: 'Now',
      startsAt: null,
      endsAt: null,
    });
    expect(active.text).not.toContain('ada');
    expect(active.headers).not.toHaveProperty('maintenance-mode');
  });
});
