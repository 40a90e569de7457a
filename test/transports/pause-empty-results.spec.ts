import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { firstValueFrom, Observable, of, Subject, toArray } from 'rxjs';
import {
  MaintenanceModule,
  MaintenanceService,
  MemoryStorage,
  PauseDuringMaintenance,
} from '../../lib/index.js';
import { until } from '../support/until.js';

@Injectable()
class Kinds {
  @PauseDuringMaintenance()
  *generated(): Generator<number> {
    yield 1;
  }

  @PauseDuringMaintenance()
  async *streamed(): AsyncGenerator<number> {
    yield 1;
  }

  @PauseDuringMaintenance()
  observed(): Observable<number> {
    return of(1);
  }

  @PauseDuringMaintenance()
  listed(): number[] {
    return [1];
  }
}

@Injectable()
class Scheduled {
  begun = 0;
  readonly finish = new Subject<void>();

  @Interval(5)
  @PauseDuringMaintenance()
  async tick(): Promise<void> {
    this.begun += 1;
    await firstValueFrom(this.finish, { defaultValue: undefined });
  }
}

let app: INestApplicationContext;

async function boot(): Promise<MaintenanceService> {
  @Module({
    imports: [ScheduleModule.forRoot(), MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
    providers: [Kinds, Scheduled],
  })
  class AppModule {}
  app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  await app.init();
  return app.get(MaintenanceService);
}

async function results(): Promise<readonly number[][]> {
  const kinds = app.get(Kinds);
  const streamed: number[] = [];
  for await (const value of kinds.streamed()) streamed.push(value);
  const observed = await firstValueFrom(kinds.observed().pipe(toArray()));
  return [[...kinds.generated()], streamed, observed, kinds.listed()];
}

afterEach(async () => {
  app.get(Scheduled).finish.complete();
  await app.close();
});

describe('@PauseDuringMaintenance', () => {
  it('makes a generator, an async generator, an Observable and an array empty during maintenance', async () => {
    const maintenance = await boot();
    expect(await results()).toEqual([[1], [1], [1], [1]]);
    await maintenance.enable();
    expect(await results()).toEqual([[], [], [], []]);
    await maintenance.disable();
    expect(await results()).toEqual([[1], [1], [1], [1]]);
  });

  it('lets enable with drain wait for scheduled calls that run', async () => {
    const maintenance = await boot();
    const scheduled = app.get(Scheduled);
    await until('the schedule runs', () => scheduled.begun > 0);
    const { remaining } = await maintenance.drained({ timeoutMs: 20 });
    expect(remaining).toBeGreaterThan(0);
    const active = new Promise((resolve) => maintenance.events.subscribe(resolve));
    const order: string[] = [];
    const enabled = maintenance.enable({ drain: { timeoutMs: 60_000 } }).then(() => order.push('enabled'));
    await active;
    order.push('the calls end');
    scheduled.finish.complete();
    await enabled;
    expect(order).toEqual(['the calls end', 'enabled']);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: true, remaining: 0 });
  });
});
