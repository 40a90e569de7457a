import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceOptionsError, type MaintenanceService, MaintenanceWindowError } from '../../lib/index.js';
import { extendBy } from '../../lib/state/changes.js';
import { bootContext, closeContexts, partsOf } from '../support/state-context.js';

afterEach(closeContexts);

const HOUR_MS = 60 * 60 * 1000;
const hours = (count: number): Date => new Date(Date.now() + count * HOUR_MS);

describe('limits.requireReason', () => {
  it.each<[what: string, call: (maintenance: MaintenanceService) => Promise<unknown>, path: string]>([
    ['enable without one', (maintenance) => maintenance.enable(), 'enable.reason'],
    ['enable with white space', (maintenance) => maintenance.enable({ reason: ' \n' }), 'enable.reason'],
    ['run without one', (maintenance) => maintenance.run(() => undefined), 'enable.reason'],
    ['a schedule without one', (maintenance) => maintenance.enable({ startsAt: hours(1) }), 'enable.reason'],
  ])('refuses %s', async (_, call, path) => {
    const { maintenance } = await bootContext({ limits: { requireReason: true } });
    const error: unknown = await call(maintenance).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path, message: expect.stringContaining('limits.requireReason') });
    expect(maintenance.status()).toMatchObject({ state: 'off', revision: 0 });
  });

  it('refuses to take the reason away, and lets everything else be changed', async () => {
    const { maintenance } = await bootContext({ limits: { requireReason: true } });
    await maintenance.enable({ reason: 'Why' });
    await expect(maintenance.update({ reason: '' })).rejects.toMatchObject({ path: 'update.reason' });
    expect(await maintenance.update({ mode: 'read-only' })).toMatchObject({ reason: 'Why' });
    expect(await maintenance.disable()).toMatchObject({ state: 'off' });
  });
});

describe('limits.defaultDurationSeconds', () => {
  it.each([
    ['now', undefined, 2],
    ['later', hours(3), 5],
  ])('ends a window that begins %s and has no end', async (_, startsAt, end) => {
    const { maintenance } = await bootContext({ limits: { defaultDurationSeconds: 7200 } });
    const expected = hours(end).getTime();
    const { endsAt } = await maintenance.enable({ ...(startsAt && { startsAt }), endsAt: null });
    expect(Math.abs((endsAt?.getTime() ?? 0) - expected)).toBeLessThan(5_000);
  });

  it('does not count with an end', async () => {
    const { maintenance } = await bootContext({ limits: { defaultDurationSeconds: 1 } });
    const endsAt = hours(5);
    expect(await maintenance.enable({ endsAt })).toMatchObject({ endsAt });
  });
});

describe('limits.maxDurationSeconds', () => {
  const limits = { maxDurationSeconds: 7200 };

  it.each<[what: string, call: (maintenance: MaintenanceService) => Promise<unknown>]>([
    ['a window without an end', (maintenance) => maintenance.enable()],
    ['a window that is too long', (maintenance) => maintenance.enable({ endsAt: hours(2.1) })],
    [
      'a schedule that is too long',
      (maintenance) => maintenance.enable({ startsAt: hours(1), endsAt: hours(3.1) }),
    ],
    ['a schedule without an end', (maintenance) => maintenance.enable({ startsAt: hours(1) })],
    ['one of a scope', (maintenance) => maintenance.enable({ scope: 'billing', endsAt: hours(2.1) })],
    ['a run without an end', (maintenance) => maintenance.run(() => undefined)],
  ])('refuses %s', async (_, call) => {
    const { maintenance } = await bootContext({ limits });
    const error: unknown = await call(maintenance).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceWindowError);
    expect(error).toMatchObject({ message: expect.stringContaining('limits.maxDurationSeconds') });
    expect(maintenance.status()).toMatchObject({ state: 'off', revision: 0 });
  });

  it('counts from the beginning of that maintenance when it is made longer', async () => {
    const { app, maintenance } = await bootContext({ limits });
    const extend = (hour: number): Promise<unknown> =>
      partsOf(app).writer.update(extendBy(hour * HOUR_MS), { via: 'cli' });
    await maintenance.enable({ startsAt: hours(-1), endsAt: hours(0.5) });
    await maintenance.update({ reason: 'Slow' });
    await expect(maintenance.update({ endsAt: hours(1.1) })).rejects.toBeInstanceOf(MaintenanceWindowError);
    await expect(maintenance.update({ endsAt: null })).rejects.toBeInstanceOf(MaintenanceWindowError);
    await extend(0.25);
    await expect(extend(0.5)).rejects.toBeInstanceOf(MaintenanceWindowError);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'Slow' });
    expect(await maintenance.disable()).toMatchObject({ state: 'off' });
  });

  it('is also kept after an update, which changes when it was set', async () => {
    const { app, maintenance } = await bootContext({ limits: { maxDurationSeconds: 2 } });
    await maintenance.enable({ endsAt: new Date(Date.now() + 1_500) });
    await new Promise((resolve) => setTimeout(resolve, 600));
    await maintenance.update({ reason: 'Slow' });
    const extend = partsOf(app).writer.update(extendBy(1_000), { via: 'cli' });
    await expect(extend).rejects.toBeInstanceOf(MaintenanceWindowError);
  });

  it('leaves alone what was on before there was a limit', async () => {
    const { app, maintenance } = await bootContext();
    await maintenance.enable();
    expect(app).toBeDefined();
    expect(await maintenance.update({ reason: 'Why' })).toMatchObject({ reason: 'Why', endsAt: null });
  });

  it.each([
    [{ maxDurationSeconds: 0 }, 'limits.maxDurationSeconds'],
    [{ defaultDurationSeconds: 20, maxDurationSeconds: 10 }, 'limits.defaultDurationSeconds'],
    [{ requireReason: 'yes' }, 'limits.requireReason'],
  ])('is checked at boot: %j', async (wrong, path) => {
    await expect(bootContext({ limits: wrong as never })).rejects.toMatchObject({ path });
  });
});
