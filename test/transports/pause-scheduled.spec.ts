import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DynamicModule, type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import {
  MaintenanceModule,
  MaintenanceScope,
  MaintenanceService,
  MemoryStorage,
  PauseDuringMaintenance,
} from '../../lib/index.js';
import { until } from '../support/until.js';

/** How often each method has run. */
let runs: Record<string, number> = {};
const ran = (name: string): void => void (runs[name] = (runs[name] ?? 0) + 1);

@Injectable()
class Jobs {
  @Interval(5)
  tick(): void {
    ran('tick');
  }

  @Interval(5)
  @PauseDuringMaintenance()
  below(): void {
    ran('below');
  }

  @PauseDuringMaintenance()
  @Interval(5)
  async above(): Promise<void> {
    ran('above');
  }

  @Interval(5)
  @PauseDuringMaintenance()
  @MaintenanceScope('billing')
  bill(): void {
    ran('bill');
  }

  @PauseDuringMaintenance()
  @Timeout(1)
  once(): void {
    ran('once');
  }

  // Never by itself in the time that a test takes.
  @PauseDuringMaintenance()
  @Cron('0 0 1 1 *', { name: 'yearly' })
  async yearly(): Promise<void> {
    ran('yearly');
  }
}

let app: INestApplicationContext | undefined;

beforeEach(() => {
  runs = {};
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function boot(
  imports: readonly DynamicModule[],
): Promise<{ app: INestApplicationContext; maintenance: MaintenanceService }> {
  @Module({ imports: [...imports], providers: [Jobs] })
  class AppModule {}
  app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  return { app, maintenance: app.get(MaintenanceService) };
}

const maintenanceModule = (options: { enabled?: boolean } = {}): DynamicModule =>
  MaintenanceModule.forRoot({ storage: new MemoryStorage(), ...options });

/** Long enough for each interval to have come several times. */
async function someTicks(): Promise<void> {
  const { tick = 0 } = runs;
  await until('ticks', () => (runs['tick'] ?? 0) >= tick + 10);
}

describe.each([
  ['first', (options?: { enabled: boolean }) => [maintenanceModule(options), ScheduleModule.forRoot()]],
  ['last', (options?: { enabled: boolean }) => [ScheduleModule.forRoot(), maintenanceModule(options)]],
])('Scheduled methods with the maintenance module imported %s', (_, imports) => {
  it('rest during maintenance, whatever the order of decorators, and run again after it', async () => {
    const { maintenance } = await boot(imports());
    await someTicks();
    expect(runs).toMatchObject({ below: expect.any(Number), above: expect.any(Number), once: 1 });

    await maintenance.enable();
    const { tick: _tick, ...before } = runs;
    await someTicks();
    expect(runs).toMatchObject(before);

    await maintenance.disable();
    await someTicks();
    for (const name of ['below', 'above', 'bill']) expect(runs[name]).toBeGreaterThan(before[name] ?? 0);
  });

  it('rest with their scope alone', async () => {
    const { maintenance } = await boot(imports());
    await maintenance.enable({ scope: 'billing' });
    const { bill, below = 0 } = runs;
    await someTicks();
    expect(runs['bill']).toBe(bill);
    expect(runs['below']).toBeGreaterThan(below);
  });

  it('of cron expressions rest too', async () => {
    const { app: context, maintenance } = await boot(imports());
    const job = context.get(SchedulerRegistry).getCronJob('yearly');
    await job.fireOnTick();
    expect(runs['yearly']).toBe(1);
    await maintenance.enable();
    await job.fireOnTick();
    expect(runs['yearly']).toBe(1);
    await maintenance.disable();
    await job.fireOnTick();
    expect(runs['yearly']).toBe(2);
  });

  it('do not start in an application that boots in maintenance', async () => {
    await boot(imports({ enabled: true }));
    await someTicks();
    expect(runs).toEqual({ tick: expect.any(Number) });
  });
});
