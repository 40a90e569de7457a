import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NEVER, type Observable } from 'rxjs';
import {
  MaintenanceOptionsError,
  MaintenanceService,
  MaintenanceWindowError,
  PauseDuringMaintenance,
} from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

afterEach(closeApps);

const [[, createApp]] = platforms as [(typeof platforms)[number]];

/** A job that ends when it is told to. */
function job(): { readonly work: Promise<unknown>; readonly end: () => void } {
  const ending = new AbortController();
  return { work: once(ending.signal, 'abort'), end: () => ending.abort() };
}

@Injectable()
class Streams {
  @PauseDuringMaintenance()
  stream(): Observable<number> {
    return NEVER;
  }
}

describe('enable with drain', () => {
  it('does not wait for a stream that nobody has subscribed to, but for one that is read', async () => {
    const { app, get } = await createApp({ providers: [Streams] });
    const maintenance = get(MaintenanceService);
    app.get(Streams).stream();
    expect(await maintenance.drained({ timeoutMs: 60_000 })).toEqual({ drained: true, remaining: 0 });
    const subscription = app.get(Streams).stream().subscribe();
    expect(await maintenance.drained({ timeoutMs: 10 })).toEqual({ drained: false, remaining: 1 });
    subscription.unsubscribe();
    expect(await maintenance.drained({ timeoutMs: 60_000 })).toEqual({ drained: true, remaining: 0 });
  });

  it('waits for the work in flight, with maintenance on', async () => {
    const maintenance = (await createApp()).get(MaintenanceService);
    const { work, end } = job();
    expect(await maintenance.trackWork(Promise.resolve('the same'))).toBe('the same');
    void maintenance.trackWork(work);
    const active = new Promise((resolve) => maintenance.events.subscribe(resolve));
    const order: string[] = [];
    const enabled = maintenance.enable({ drain: { timeoutMs: 60_000 } }).then((status) => {
      order.push('enabled');
      return status;
    });
    await active;
    expect(maintenance.isActive()).toBe(true);
    order.push('the job ends');
    end();
    expect((await enabled).state).toBe('active');
    expect(order).toEqual(['the job ends', 'enabled']);
  });

  it('says what is left when the time runs out', async () => {
    const logger = new KeptLogs();
    const maintenance = (await createApp({ logger })).get(MaintenanceService);
    const { work, end } = job();
    void maintenance.trackWork(work);
    expect((await maintenance.enable({ drain: { timeoutMs: 10 } })).state).toBe('active');
    expect(logger.lines).toEqual([expect.stringMatching(/10 ms.*: 1 in flight/)]);
    end();
  });

  it('waits before the work of run begins', async () => {
    const maintenance = (await createApp()).get(MaintenanceService);
    const { work, end } = job();
    const order: string[] = [];
    void maintenance.trackWork(work.then(() => order.push('the job ends')));
    maintenance.events.subscribe(({ type }) => {
      order.push(type);
      end();
    });
    await maintenance.run(() => void order.push('run'), { drain: { timeoutMs: 60_000 } });
    expect(order).toEqual(['activated', 'the job ends', 'run', 'deactivated']);
  });

  it('leaves no listener on an open response after 200 calls with a time limit', async () => {
    const { app, url, get } = await createApp({
      configure: (nest) => void nest.use('/slow', () => undefined),
    });
    const maintenance = get(MaintenanceService);
    const arrived = new Promise<ServerResponse>((resolve) => {
      app
        .getHttpServer()
        .prependListener('request', (_: unknown, response: ServerResponse) => resolve(response));
    });
    const answer = fetch(`${url}/slow`);
    const response = await arrived;
    await until(
      'the response is counted',
      async () => (await maintenance.drained({ timeoutMs: 1 })).remaining === 1,
    );
    const listeners = (): number => response.listenerCount('close') + response.listenerCount('finish');
    const before = listeners();
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    const results = await Promise.all(
      Array.from({ length: 200 }, () => maintenance.drained({ timeoutMs: 1 })),
    );
    // A warning is given on the next tick.
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(results).toEqual(results.map(() => ({ drained: false, remaining: 1 })));
    expect(warnings).toEqual([]);
    expect(listeners()).toBe(before);
    const drained = maintenance.drained({ timeoutMs: 60_000 });
    response.end();
    await (await answer).text();
    expect(await drained).toEqual({ drained: true, remaining: 0 });
  });

  it('a job that fails has ended', async () => {
    const maintenance = (await createApp()).get(MaintenanceService);
    const failing = maintenance.trackWork(Promise.reject(new Error('no disk')));
    await expect(failing).rejects.toThrow('no disk');
    expect(await maintenance.drained()).toEqual({ drained: true, remaining: 0 });
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: '5s' }, { timeoutMs: NaN }, {}, 5, { timeout: 5 }, null])(
    'refuses %j, and changes nothing',
    async (drain) => {
      const maintenance = (await createApp()).get(MaintenanceService);
      await expect(maintenance.enable({ drain } as never)).rejects.toThrow(MaintenanceOptionsError);
      expect(maintenance.isActive()).toBe(false);
    },
  );

  it('refuses a beginning in the future', async () => {
    const maintenance = (await createApp()).get(MaintenanceService);
    const options = { startsAt: new Date(Date.now() + 60_000), drain: { timeoutMs: 5 } };
    await expect(maintenance.enable(options)).rejects.toThrow(MaintenanceWindowError);
    expect(maintenance.status().state).toBe('off');
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: 1.5 }, { timeoutMs: '1' }, 5])(
    'drained refuses %j',
    async (options) => {
      const maintenance = (await createApp()).get(MaintenanceService);
      await expect(maintenance.drained(options as never)).rejects.toThrow(MaintenanceOptionsError);
    },
  );
});
