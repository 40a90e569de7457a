import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceScope } from '../../lib/index.js';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

@Controller('billing')
class BillingController {
  @Get()
  @MaintenanceScope('billing')
  bills(): string {
    return 'bills';
  }
}

const FUTURE = '2999-01-02T03:04:05.000Z';
const LATER = '2999-01-02T05:04:05.000Z';

afterEach(closeApps);

describe.each(mountings)('POST on %s', (_, createApp, prefix) => {
  it('/on takes note, announceFrom and allow, as JSON and as a form', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    const members = { startsAt: LATER, announceFrom: FUTURE, note: 'OPS-1' };
    await request(base)
      .post('/on')
      .set(BEARER)
      .send({ ...members, allow: { ipAddresses: ['10.0.0.0/8'] } })
      .expect(200, /"state":"scheduled"/);
    expect((await maintenance.history())[0]).toMatchObject({ note: 'OPS-1', via: 'route', by: 'ada' });
    await request(base)
      .post('/on')
      .set(BEARER)
      .type('form')
      .send({ ...members, allow: '10.0.0.0/8, 203.0.113.7' })
      .expect(200);
    await request(base)
      .post('/on')
      .set(BEARER)
      .send({ allow: { ipAddresses: ['10.0.0.0/99'] } })
      .expect(400, /allow\.ipAddresses/);
  });

  it('/update changes what is sent, and keeps the rest', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable({ reason: 'before', endsAt: LATER, mode: 'read-only' });
    await request(base).post('/update').set(BEARER).send({ reason: 'after' }).expect(200);
    expect(maintenance.status()).toMatchObject({
      reason: 'after',
      mode: 'read-only',
      endsAt: new Date(LATER),
    });
    await request(base).post('/update').set(BEARER).type('form').send('reason=&mode=full').expect(200);
    expect(maintenance.status()).toMatchObject({ reason: 'after', mode: 'full' });
    await request(base).post('/update').set(BEARER).send({ endsAt: null }).expect(200);
    expect(maintenance.status()).toMatchObject({ reason: 'after', endsAt: null });
    expect((await maintenance.history())[0]).toMatchObject({ action: 'updated', via: 'route' });
  });

  it('/update is a 400 if nothing is on, or if it is not understood', async () => {
    const { base, maintenance, storage } = await toggleApp(createApp, { prefix });
    await request(base)
      .post('/update')
      .set(BEARER)
      .send({ reason: 'x' })
      .expect(400, /turn it on instead/);
    await maintenance.enable();
    const { writes } = storage;
    for (const body of [{ until: 1 }, { mode: 'off' }, { endsAt: 'tomorrow' }, { all: true }])
      await request(base).post('/update').set(BEARER).send(body).expect(400);
    await request(base).post('/update').send({ reason: 'x' }).expect(403);
    await request(base).post('/update').set(BROWSER).set('Sec-Fetch-Site', 'cross-site').expect(403);
    expect(storage.writes).toBe(writes);
  });

  it.each([
    ['JSON', 'application/json', '{"all":true}'],
    ['a form', 'application/x-www-form-urlencoded', 'all=true'],
  ])('/off with all, as %s, turns off the application and every scope', async (__, type, body) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable();
    await maintenance.enable({ scope: 'billing' });
    await request(base).post('/off').set(BEARER).set('Content-Type', type).send(body).expect(200);
    expect(maintenance.list().map(({ state }) => state)).toEqual(['off']);
  });

  it('names the scope, what was replaced, what is still on, and a scope that was never on', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix });
    await maintenance.enable({ scope: 'billing' });
    const send = async (path: string, body: object): Promise<unknown> =>
      (await request(base).post(path).set(BEARER).send(body).expect(200)).body;
    expect(await send('/on', { reason: 'One' })).toMatchObject({
      scope: null,
      state: 'active',
      revision: maintenance.status().revision,
      scopes: [expect.objectContaining({ scope: 'billing' })],
      message: 'Maintenance of the application is on. Still on or scheduled: "billing".',
    });
    expect(await send('/on', { reason: 'Two', mode: 'read-only' })).toMatchObject({
      message:
        'Maintenance of the application is on (read-only). It was on already: what was set before is replaced. ' +
        'Still on or scheduled: "billing".',
    });
    expect(await send('/off', { scope: 'biling' })).toMatchObject({
      scope: 'biling',
      state: 'off',
      message:
        'Maintenance of "biling" is off. It was not on, and no change of it is known: look at the name. ' +
        'Still on or scheduled: the application, "billing".',
    });
    expect(await send('/off', { all: true })).toMatchObject({
      message: 'Maintenance of the application and of every scope is off.',
    });
    expect(await send('/off', { scope: 'billing' })).toMatchObject({
      message: 'Maintenance of "billing" is off. It was off already.',
    });
  });

  it('/on says so if no handler has the scope', async () => {
    const { base, maintenance } = await toggleApp(createApp, { prefix, controllers: [BillingController] });
    const answerFor = async (scope: string): Promise<unknown> =>
      (await request(base).post('/on').set(BEARER).send({ scope }).expect(200)).body;
    expect(await answerFor('billing')).toMatchObject({
      message: 'Maintenance of "billing" is on.',
      warning: null,
    });
    await maintenance.disable({ scope: 'billing' });
    const warning = 'No handler of this application has this scope: look at the name.';
    expect(await answerFor('biling')).toMatchObject({
      message: `Maintenance of "biling" is on. ${warning}`,
      warning,
    });
    expect(maintenance.isActive('biling')).toBe(true);
  });
});
