import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeContexts();
});

const HOUR_MS = 3_600_000;

/** Sets the clock of the day without the timers noticing, as NTP, a person or a suspended machine does. */
function setClock(offsetMs: number): void {
  jest.restoreAllMocks();
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + offsetMs);
}

/** Until what is stored has been read and understood, so that later polls find nothing new. */
async function settled(maintenance: MaintenanceService): Promise<void> {
  await maintenance.refresh();
  await maintenance.refresh();
}

const fromNow = (ms: number): Date => new Date(Date.now() + ms);

describe('A clock that steps', () => {
  it('past the end of a window: deactivated with the next poll at the latest', async () => {
    const { maintenance, heard } = await bootContext({ sync: { pollIntervalMs: 10 } });
    await maintenance.enable({ endsAt: fromNow(HOUR_MS) });
    await settled(maintenance);
    setClock(2 * HOUR_MS);
    expect(await heard('deactivated')).toMatchObject({
      before: { state: 'active' },
      after: { state: 'off' },
    });
  });

  it('past the start of a window: activated', async () => {
    const { maintenance, heard } = await bootContext({ sync: { pollIntervalMs: 10 } });
    await maintenance.enable({ scope: 'billing', startsAt: fromNow(HOUR_MS), endsAt: fromNow(9 * HOUR_MS) });
    await settled(maintenance);
    setClock(2 * HOUR_MS);
    expect(await heard('activated')).toMatchObject({ scope: 'billing' });
  });

  it('back before the start of a window that has begun: not active, and told', async () => {
    const { maintenance, heard } = await bootContext({ sync: { pollIntervalMs: 10 } });
    await maintenance.enable({ startsAt: fromNow(HOUR_MS), endsAt: fromNow(9 * HOUR_MS) });
    await settled(maintenance);
    setClock(2 * HOUR_MS);
    await heard('activated');
    setClock(0);
    expect(await heard('deactivated')).toMatchObject({ after: { state: 'scheduled' } });
  });

  it('while the storage is down: told all the same', async () => {
    const storage = new FaultyStorage();
    const { maintenance, heard } = await bootContext({ storage, sync: { pollIntervalMs: 10 } });
    await maintenance.enable({ endsAt: fromNow(HOUR_MS) });
    storage.faultyRead = throws;
    await heard('storage-failed');
    setClock(2 * HOUR_MS);
    await heard('deactivated');
  });

  it('by less than an edge: the status stays the same object', async () => {
    const storage = new MemoryStorage();
    const { maintenance, events } = await bootContext({ storage, sync: { pollIntervalMs: 10 } });
    await maintenance.enable({ endsAt: fromNow(9 * HOUR_MS) });
    setClock(HOUR_MS);
    await maintenance.refresh();
    setClock(0);
    await maintenance.refresh();
    expect(events.map(({ type }) => type)).toEqual(['activated']);
  });
});
