import { afterEach, describe, expect, it } from '@jest/globals';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const FAULTS: [what: string, flap: (storage: FaultyStorage) => void][] = [
  ['loses the record again and again', (storage) => storage.loseAll()],
  [
    'fails every second read',
    (storage) => {
      storage.faultyRead = async () => {
        storage.faultyRead = null;
        return throws();
      };
    },
  ],
];

describe.each(FAULTS)('A storage that %s', (_, flap) => {
  it('is reported once, and as working again once it has been quiet', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events, logs, heard } = await bootContext({ storage });
    await maintenance.enable();
    for (let time = 0; time < 13; time += 1) {
      flap(storage);
      await maintenance.refresh().catch(() => undefined);
      await maintenance.refresh();
      expect(maintenance.status()).toMatchObject({ state: 'active', stale: false });
    }
    await heard('storage-recovered');
    expect(events.map(({ type }) => type)).toEqual(['activated', 'storage-failed', 'storage-recovered']);
    expect(logs.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });
});

describe('Failures and recoveries', () => {
  it('alternate, also over several outages', async () => {
    const storage = new FaultyStorage();
    const { maintenance, events } = await bootContext({ storage, sync: { pollIntervalMs: 10 } });
    const seen = (type: string): number => events.filter((event) => event.type === type).length;
    for (let outage = 0; outage < 20; outage += 1) {
      storage.faultyRead = throws;
      await maintenance.refresh().catch(() => undefined);
      storage.faultyRead = null;
      await maintenance.refresh();
      if (outage % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const outages = events.map(({ type }) => type).filter((type) => type.startsWith('storage-'));
    expect(outages).toEqual(outages.map((__, index) => (index % 2 ? 'storage-recovered' : 'storage-failed')));
    expect(seen('storage-failed')).toBeLessThanOrEqual(6);
  });
});
