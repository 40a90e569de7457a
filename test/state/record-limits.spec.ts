import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceStorageError, MemoryStorage } from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';

afterEach(closeContexts);

const LONGEST = '\u0001'.repeat(2000);

/** Scopes with the longest reasons, until no other fits. */
async function fill({ maintenance }: StateContext, reason: string): Promise<unknown> {
  for (let index = 0; ; index += 1) {
    try {
      await maintenance.enable({ scope: `scope-${index}`, reason });
    } catch (error) {
      return error;
    }
  }
}

describe('A record that is filled to its limit with scopes', () => {
  it.each([LONGEST, 'short'.repeat(200)])(
    'lets the whole application be turned on and off, with the longest reason',
    async (reason) => {
      const storage = new MemoryStorage();
      const context = await bootContext({ storage });
      const { maintenance } = context;
      const error = await fill(context, reason);
      expect(error).toBeInstanceOf(MaintenanceStorageError);
      expect(error).toMatchObject({
        message: expect.stringContaining('use fewer scopes or shorter reasons'),
      });
      const texts = Array.from({ length: 94 }, (_, n): [string, string] => [
        `de-x-${n}`,
        '\u0001'.repeat(31),
      ]);
      const reasons = Object.fromEntries(texts);
      const startsAt = new Date(Date.now() + 3_600_000);
      expect(await maintenance.enable({ reason: reasons, note: LONGEST })).toMatchObject({ reasons });
      expect(await maintenance.enable({ reason: reasons, note: LONGEST, startsAt })).toMatchObject({
        reasons,
      });
      const longest = { reason: LONGEST, by: '\u0001'.repeat(200) };
      expect(await maintenance.enable(longest)).toMatchObject({ state: 'active' });
      expect(await (await bootContext({ storage })).maintenance.refresh()).toMatchObject({
        state: 'active',
        reason: LONGEST,
        stale: false,
      });
      expect(await maintenance.disable({ by: longest.by })).toMatchObject({ state: 'off' });
      await maintenance.run(() => expect(maintenance.isActive()).toBe(true), longest);
      expect(await maintenance.disable({ scope: 'scope-0' })).toMatchObject({ state: 'off' });
    },
  );

  it('forgets scopes whose windows are over before it refuses one', async () => {
    const storage = new MemoryStorage();
    const over = { state: 'on', reason: LONGEST, endsAt: '2020-01-01T00:00:00Z' };
    const scopes = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`scope-${index}`, over]));
    const application = { state: 'off' };
    await storage.write(JSON.stringify({ version: 1, revision: 1, application, scopes }));
    const { maintenance } = await bootContext({ storage });
    for (const scope of ['one', 'two', 'three']) await maintenance.enable({ scope, reason: LONGEST });
    expect(maintenance.list()).toHaveLength(4);
  });

  it('forgets scopes that are off before it refuses one', async () => {
    const storage = new MemoryStorage();
    const { maintenance } = await bootContext({ storage });
    for (let index = 0; index < 40; index += 1) {
      await maintenance.enable({ scope: `scope-${index}`, reason: LONGEST });
      await maintenance.disable({ scope: `scope-${index}`, by: '\u0001'.repeat(200) });
    }
    await maintenance.enable({ scope: 'last', reason: LONGEST });
    expect(maintenance.isActive('last')).toBe(true);
  });
});

describe('A record with the highest revision that there is', () => {
  const HIGHEST = Number.MAX_SAFE_INTEGER;
  const text = (state: string, key: string): string =>
    JSON.stringify({
      version: 1,
      revision: HIGHEST,
      application: { state, revision: HIGHEST },
      ...(key !== '' && { key }),
    });

  it.each([
    ['enable', 'off', 'key'],
    ['enable', 'on', ''],
    ['disable', 'on', 'key'],
    ['disable', 'on', ''],
  ] as const)('is replaced by %s, and the next one can be read: %s, %j', async (method, state, key) => {
    const storage = new MemoryStorage();
    await storage.write(text(state, key));
    const [one, other] = [await bootContext({ storage }), await bootContext({ storage })];
    const expected = method === 'enable' ? 'active' : 'off';
    for (let time = 0; time < 3; time += 1) {
      const { maintenance } = time % 2 ? other : one;
      if (time > 0) await maintenance.enable({ scope: `scope-${time}` });
      else expect(await maintenance[method]()).toMatchObject({ state: expected });
      parseRecord((await storage.read())?.text ?? '');
      for (const context of [one, other]) {
        expect(await context.maintenance.refresh()).toMatchObject({ state: expected, stale: false });
      }
    }
    expect(one.maintenance.status().revision).toBe(3);
  });
});
