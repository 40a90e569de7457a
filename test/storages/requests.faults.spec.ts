import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MaintenanceService } from 'nestjs-maintenance-mode';
import request from 'supertest';
import { FaultyStorage, givesGarbage, hangs, throws } from '../support/faulty.storage.js';
import { closeApps, platforms } from '../support/platforms.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await closeApps();
  await closeContexts();
});

@Controller('teas')
class TeaController {
  @Get()
  teas(): string[] {
    return ['Assam'];
  }
}

const FAULTS: [what: string, fault: () => Promise<unknown>][] = [
  ['hangs', hangs],
  ['rejects', throws],
  ['gives garbage', givesGarbage],
];

describe.each(platforms)('On %s, while a storage', (_, createApp) => {
  it.each(FAULTS)('%s, requests get what held before, whichever that is', async (__, fault) => {
    const storage = new FaultyStorage();
    // One call may take very long: what waited for it would wait longer than this test.
    const options = { storage, sync: { pollIntervalMs: 10, timeoutMs: 200 } };
    const { url, get } = await createApp({ options, controllers: [TeaController] });
    const maintenance = get(MaintenanceService);
    for (const status of [200, 503]) {
      if (status === 503) await maintenance.enable();
      storage.faultyRead = fault;
      await until('the failure', () => maintenance.status().stale);
      await Promise.all(Array.from({ length: 20 }, () => request(url).get('/teas').expect(status)));
      expect(maintenance.status().stale).toBe(true);
      storage.faultyRead = null;
      await until('the recovery', () => !maintenance.status().stale);
    }
  });

  it('is slow, requests do not wait for it, and a change is made as soon as it is', async () => {
    const storage = new FaultyStorage();
    const options = { storage, sync: { pollIntervalMs: 10, timeoutMs: 30_000 } };
    const { url, get } = await createApp({ options, controllers: [TeaController] });
    const maintenance = get(MaintenanceService);
    const far = new EventEmitter();
    storage.faultyWrite = async (write, ...args) => {
      await once(far, 'answer');
      return write(...args);
    };
    const enabled = maintenance.enable();
    await until('the write', () => storage.writes === 1);
    await request(url).get('/teas').expect(200);
    far.emit('answer');
    await enabled;
    await request(url).get('/teas').expect(503);
    // Read as late as a storage far away answers: what holds does not change.
    storage.faultyRead = async (read) => {
      await delay(100);
      return read();
    };
    const { reads } = storage;
    await until('slow reads', () => storage.reads > reads + 2);
    await request(url).get('/teas').expect(503);
    expect(maintenance.status().stale).toBe(false);
  });
});

const MINUTES_MS = 3 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

describe('A clock that is moved', () => {
  it.each([
    ['back', -MINUTES_MS],
    ['ahead', MINUTES_MS],
  ])('%s by minutes in the middle of a change neither lengthens its time nor fails it', async (_, ms) => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 2_000 } });
    const clock = Date.now.bind(Date);
    storage.faultyRead = async (read) => {
      jest.spyOn(Date, 'now').mockImplementation(() => clock() + ms);
      return read();
    };
    expect(await maintenance.enable()).toMatchObject({ state: 'active' });
    jest.restoreAllMocks();
    storage.faultyWrite = hangs;
    // By a clock that was set back this would have three minutes and two seconds.
    await expect(maintenance.disable()).rejects.toThrow('no answer within 2000 ms');
  });

  it('leaves what was turned on without an end as it is, on every instance', async () => {
    const storage = new FaultyStorage();
    const [one, other] = [await bootContext({ storage }), await bootContext({ storage })];
    const clock = Date.now.bind(Date);
    await one.maintenance.enable();
    await other.maintenance.refresh();
    for (const ms of [-DAY_MS, DAY_MS]) {
      jest.spyOn(Date, 'now').mockImplementation(() => clock() + ms);
      expect([one, other].map(({ maintenance }) => maintenance.isActive())).toEqual([true, true]);
    }
    expect(await other.maintenance.disable()).toMatchObject({ state: 'off', revision: 2 });
    expect(await one.maintenance.refresh()).toMatchObject({ state: 'off', revision: 2 });
  });
});
