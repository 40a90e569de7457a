import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type INestApplicationContext,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as bullmq0 from 'bullmq-5.0';
import * as bullmq46 from 'bullmq-5.46';
import * as bullmq58 from 'bullmq-5.58';
import * as bullmq71 from 'bullmq-5.71';
import * as bullmq79 from 'bullmq-5.79';
import {
  MaintenanceModule,
  MaintenanceService,
  MemoryStorage,
  PauseDuringMaintenance,
} from '../../lib/index.js';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const versions = [
  ['5.0.0', bullmq0],
  ['5.46.0', bullmq46],
  ['5.58.0', bullmq58],
  ['5.71.0', bullmq71],
  ['5.79.4', bullmq79],
] as const;

interface ShopJob {
  readonly data: number;
}
interface ShopWorker {
  isRunning(): boolean;
  isPaused(): boolean;
  close(): Promise<void>;
}
interface ShopQueue {
  add(name: string, data: number): Promise<unknown>;
  getCompletedCount(): Promise<number>;
  getFailedCount(): Promise<number>;
  close(): Promise<void>;
}
/** What the versions have in common; their types do not fit each other. */
interface Bullmq {
  readonly Worker: new (
    name: string,
    process: (job: ShopJob, token?: string) => Promise<unknown>,
    options: object,
  ) => ShopWorker;
  readonly Queue: new (name: string, options: object) => ShopQueue;
}

let redis: RedisServer;
const closing: (() => Promise<unknown>)[] = [];

async function boot({ Worker, Queue }: Bullmq) {
  const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null };
  const ran: number[] = [];

  /** As the hosts of @nestjs/bullmq, whose current version does not take older ones of BullMQ. */
  @Injectable()
  class Host implements OnModuleInit, OnApplicationShutdown {
    #worker: ShopWorker | undefined;

    get worker(): ShopWorker {
      if (!this.#worker) throw new Error('The worker is not made yet.');
      return this.#worker;
    }

    onModuleInit(): void {
      this.#worker = new Worker('work', (job, token) => this.process(job, token), { connection });
    }

    async onApplicationShutdown(): Promise<void> {
      await this.#worker?.close();
    }

    @PauseDuringMaintenance()
    async process({ data }: ShopJob, _token?: string): Promise<void> {
      ran.push(data);
    }
  }
  Reflect.defineMetadata('bullmq:processor_metadata', { name: 'work' }, Host);

  @Module({ imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })], providers: [Host] })
  class AppModule {}
  const app: INestApplicationContext = await NestFactory.createApplicationContext(AppModule, {
    logger: false,
  });
  const queue = new Queue('work', { connection });
  closing.push(
    () => app.close(),
    () => queue.close(),
  );
  return { maintenance: app.get(MaintenanceService), queue, ran, worker: app.get(Host).worker };
}

const completed = (queue: ShopQueue, count: number): Promise<void> =>
  until(`${count} completed jobs`, async () => (await queue.getCompletedCount()) === count, 60_000);

describeWithRedis('Queue workers of BullMQ 5', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(stopRedis);
  beforeEach(() => redis.cli('FLUSHALL'));
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  describe.each(versions)('%s', (_, module) => {
    it('work again after several short maintenances, and have run each job once', async () => {
      const { maintenance, queue, ran, worker } = await boot(module as unknown as Bullmq);
      await queue.add('job', 0);
      await completed(queue, 1);
      for (let round = 0; round < 3; round += 1) {
        await maintenance.enable();
        await until('the worker is paused', () => worker.isPaused());
        await maintenance.disable();
      }
      for (const data of [1, 2, 3]) await queue.add('job', data);
      await completed(queue, 4);
      expect(ran).toEqual([0, 1, 2, 3]);
      await expect(queue.getFailedCount()).resolves.toBe(0);
    });

    it('run a job once that comes during maintenance', async () => {
      const { maintenance, queue, ran } = await boot(module as unknown as Bullmq);
      await queue.add('job', 0);
      await completed(queue, 1);
      await maintenance.enable();
      await queue.add('job', 1);
      expect(ran).toEqual([0]);
      await maintenance.disable();
      await completed(queue, 2);
      expect(ran).toEqual([0, 1]);
      await expect(queue.getFailedCount()).resolves.toBe(0);
    });
  });
});
