import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { useFakeClock } from '../support/fake-clock.js';
import { bootContext, closeContexts, partsOf } from '../support/state-context.js';

afterEach(closeContexts);

const IN_AN_HOUR = new Date(Date.now() + 60 * 60 * 1000);

describe('MaintenanceService.events', () => {
  it('tells each change once, with the status before and after it', async () => {
    const { maintenance, events } = await bootContext({ announce: { leadSeconds: 0 } });
    await maintenance.enable({ startsAt: IN_AN_HOUR });
    await maintenance.disable();
    await maintenance.enable({ reason: 'First' });
    await maintenance.refresh();
    await maintenance.enable({ reason: 'Second' });
    await maintenance.enable({ scope: 'billing', by: 'ada' });
    await maintenance.enable({ startsAt: IN_AN_HOUR });
    expect(
      events.map(({ type, scope, before, after }) => [
        type,
        scope,
        before.state,
        before.reason,
        after.state,
        after.reason,
      ]),
    ).toEqual([
      ['scheduled', null, 'off', null, 'scheduled', null],
      ['cancelled', null, 'scheduled', null, 'off', null],
      ['activated', null, 'off', null, 'active', 'First'],
      ['updated', null, 'active', 'First', 'active', 'Second'],
      ['activated', 'billing', 'off', null, 'active', null],
      ['scheduled', null, 'off', null, 'scheduled', null], // the next stage: the present one stays active
    ]);
    for (const { at } of events) expect(at).toBeInstanceOf(Date);
  });

  it('keeps the error of one listener from the others and from the change, and throws it by itself', async () => {
    useFakeClock(Date.now());
    try {
      const { app, maintenance } = await bootContext();
      const heard: string[] = [];
      partsOf(app).state.listen(() => {
        throw new Error('a listener has failed');
      });
      maintenance.events.subscribe(({ type }) => heard.push(type));
      expect(await maintenance.enable()).toMatchObject({ state: 'active' });
      expect(heard).toEqual(['activated']);
      await expect(jest.advanceTimersByTimeAsync(1)).rejects.toThrow('a listener has failed');
    } finally {
      jest.useRealTimers();
    }
  });

  it('tells what another process did, and knows it from then on', async () => {
    const storage = new MemoryStorage();
    const [here, there] = [await bootContext({ storage }), await bootContext({ storage })];
    await there.maintenance.enable({ reason: 'From there', by: 'grace' });
    expect(await here.heard('activated')).toMatchObject({
      after: { reason: 'From there', by: 'grace', revision: 1 },
    });
    expect(here.maintenance.isActive()).toBe(true);
    await there.maintenance.disable();
    await here.heard('deactivated');
    expect(here.maintenance.isActive()).toBe(false);
  });
});
