import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type INestApplicationContext, Inject, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job, Queue } from 'bullmq';
import { createClient } from 'redis';
import { firstValueFrom, Subject } from 'rxjs';
import {
  MaintenanceModule,
  MaintenanceScope,
  MaintenanceService,
  MemoryStorage,
  PauseDuringMaintenance,
} from '../../lib/index.js';
import { describeWithRedis, type RedisServer, startRedis, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

/** The jobs that were run, in order, and those of them during maintenance. */
let ran: number[] = [];
let ranDuringMaintenance: number[] = [];
/** What a job waits for before it ends. */
let gate = Promise.resolve();

abstract class Worker extends WorkerHost {
  @Inject() protected readonly maintenance!: MaintenanceService;

  protected async run({ data }: Job<number>): Promise<string> {
    ran.push(data);
    if (this.maintenance.isActive()) ranDuringMaintenance.push(data);
    await gate;
    return `done ${data}`;
  }
}

@Processor('work', { concurrency: 3 })
class PausedWorker extends Worker {
  @PauseDuringMaintenance()
  async process(job: Job<number>): Promise<string> {
    return this.run(job);
  }
}

/** What decorators of other libraries do: transactions, request contexts, tracing. */
function Wrapped(): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const inner = descriptor.value as (...args: unknown[]) => unknown;
    descriptor.value = async function wrapped(this: unknown, ...args: unknown[]): Promise<unknown> {
      return inner.apply(this, args);
    };
  };
}

@Processor('work', { concurrency: 3 })
class WrappedWorker extends Worker {
  @Wrapped()
  @PauseDuringMaintenance()
  async process(job: Job<number>): Promise<string> {
    return this.run(job);
  }
}

@Processor({ name: 'work', scope: Scope.REQUEST })
class ScopedWorker extends Worker {
  @PauseDuringMaintenance()
  override async process(job: Job<number>): Promise<string> {
    return this.run(job);
  }
}

@Processor('work')
class BillingWorker extends Worker {
  @MaintenanceScope('billing')
  @PauseDuringMaintenance()
  async process(job: Job<number>): Promise<string> {
    return this.run(job);
  }
}

@Processor('work')
class OrderedWorker extends Worker {
  @PauseDuringMaintenance()
  async process(job: Job<number>): Promise<string> {
    return this.run(job);
  }
}

/** Turns maintenance on in its job 0, with the other jobs still at work. */
@Processor('work', { concurrency: 3 })
class EnablingWorker extends Worker {
  @PauseDuringMaintenance()
  async process(job: Job<number>): Promise<string> {
    if (job.data !== 0) return this.run(job);
    await until('another job at work', () => ran.length > 0);
    // Longer than a test may take: a job that waits for itself does not end in time.
    await this.maintenance.enable({ drain: { timeoutMs: 600_000, except: job } });
    const { drained } = await this.maintenance.drained({ timeoutMs: 60_000, except: job });
    return `drained: ${drained}`;
  }
}

@Processor('work', { autorun: false })
class IdleWorker extends PausedWorker {}

@Injectable()
class Mails {
  @PauseDuringMaintenance()
  async send(job: Job<number>): Promise<string> {
    ran.push(job.data);
    return 'sent';
  }
}

/** What was charged, in order; each job of it pays first and then asks for a mail. */
let charged: number[] = [];

@Processor('work')
class ChargingWorker extends WorkerHost {
  @Inject() private readonly mails!: Mails;

  async process(job: Job<number>): Promise<string> {
    charged.push(job.data);
    return this.mails.send(job);
  }
}

@Processor('work')
class DelegatingWorker extends WorkerHost {
  @Inject() private readonly mails!: Mails;

  async process(job: Job<number>): Promise<string> {
    return this.mails.send(job);
  }
}

interface Booted {
  readonly app: INestApplicationContext;
  readonly maintenance: MaintenanceService;
  readonly queue: Queue<number>;
}

let redis: RedisServer;
const open: { app: INestApplicationContext; connection: { destroy(): void } }[] = [];

interface BootOptions {
  readonly storage?: MemoryStorage;
  /** Files of sandboxed processors. */
  readonly files?: readonly string[];
}

async function boot(
  worker: Type<WorkerHost> | null,
  { files, ...options }: BootOptions = {},
): Promise<Booted> {
  const connection = createClient({ url: redis.url });
  await connection.connect();
  @Module({
    imports: [
      BullModule.forRoot({ connection }),
      BullModule.registerQueue({ name: 'work', processors: [...(files ?? [])] }),
      MaintenanceModule.forRoot({ storage: new MemoryStorage(), ...options }),
    ],
    providers: [...(worker ? [worker] : []), Mails],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  open.push({ app, connection });
  return {
    app,
    maintenance: app.get(MaintenanceService),
    queue: app.get<Queue<number>>(getQueueToken('work')),
  };
}

/** Numbers, each of which has one attempt. */
async function add(queue: Queue<number>, ...numbers: number[]): Promise<void> {
  await queue.addBulk(numbers.map((data) => ({ name: 'job', data, opts: { attempts: 1 } })));
}

const completed = (queue: Queue<number>, count: number): Promise<void> =>
  until(`${count} completed jobs`, async () => (await queue.getCompletedCount()) === count);

/** Neither lost nor run: they stand in the queue, and no worker has one. */
const resting = (queue: Queue<number>, count: number): Promise<void> =>
  until(`${count} resting jobs`, async () => {
    const { waiting = 0, delayed = 0, active } = await queue.getJobCounts('waiting', 'delayed', 'active');
    return waiting + delayed === count && active === 0;
  });

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describeWithRedis('Queue workers of BullMQ', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(stopRedis);

  beforeEach(async () => {
    ran = [];
    ranDuringMaintenance = [];
    charged = [];
    gate = Promise.resolve();
    await redis.cli('FLUSHALL');
  });

  afterEach(async () => {
    for (const { app, connection } of open.splice(0)) {
      await app.close();
      connection.destroy();
    }
  });

  it.each([
    ['a worker', PausedWorker],
    ['a worker with another decorator around', WrappedWorker],
    ['a request-scoped worker', ScopedWorker],
  ])('%s rests during maintenance: no job is lost, none runs, all run after it, once', async (_, worker) => {
    const { maintenance, queue } = await boot(worker);
    const finish = new Subject<void>();
    gate = firstValueFrom(finish);
    await add(queue, ...upTo(40));
    await until('jobs at work', () => ran.length > 0);

    await maintenance.enable();
    const begun = ran.length;
    finish.next();
    // What has begun ends.
    await completed(queue, begun);
    await add(queue, 40, 41);
    await resting(queue, 42 - begun);
    expect(ran).toHaveLength(begun);
    // The worker itself rests: it does not fetch jobs only to put them back.
    const { waiting = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'delayed');
    expect(waiting).toBeGreaterThan(delayed);

    await maintenance.disable();
    await completed(queue, 42);
    expect(sorted(ran)).toEqual(upTo(42));
    expect(ranDuringMaintenance).toEqual([]);
    await expect(queue.getFailedCount()).resolves.toBe(0);
  });

  it('an idle worker puts back the job that it had waited for when maintenance began', async () => {
    const { maintenance, queue } = await boot(PausedWorker);
    await add(queue, 0);
    await completed(queue, 1);
    await maintenance.enable();
    await add(queue, 1);
    await resting(queue, 1);
    await maintenance.disable();
    await completed(queue, 2);
    const [job] = await queue.getCompleted(0, 0);
    expect(job).toMatchObject({ data: 1, returnvalue: 'done 1', attemptsMade: 1 });
    expect(ranDuringMaintenance).toEqual([]);
  });

  it('a job that is put back stays in front of those that came later', async () => {
    const { maintenance, queue } = await boot(OrderedWorker);
    await add(queue, 0);
    await completed(queue, 1);
    await maintenance.enable();
    // The worker had waited for this one before it was paused.
    await add(queue, 1);
    await resting(queue, 1);
    await add(queue, 2, 3, 4);
    await resting(queue, 4);
    await maintenance.disable();
    await completed(queue, 5);
    expect(ran).toEqual([0, 1, 2, 3, 4]);
  });

  it('a worker that is made during maintenance does not begin', async () => {
    const storage = new MemoryStorage();
    await storage.write('1');
    const { maintenance, queue } = await boot(PausedWorker, { storage });
    await add(queue, 0, 1, 2);
    await resting(queue, 3);
    await maintenance.disable();
    await completed(queue, 3);
    expect(sorted(ran)).toEqual([0, 1, 2]);
    expect(ranDuringMaintenance).toEqual([]);
  });

  it('a worker with a scope rests with it', async () => {
    const { maintenance, queue } = await boot(BillingWorker);
    await maintenance.enable({ scope: 'other' });
    await add(queue, 0);
    await completed(queue, 1);
    await maintenance.enable({ scope: 'billing' });
    await add(queue, 1);
    await resting(queue, 1);
    await maintenance.disable({ scope: 'billing' });
    await completed(queue, 2);
  });

  it('a worker that the application has paused itself stays so', async () => {
    const { app, maintenance, queue } = await boot(PausedWorker);
    const { worker } = app.get(PausedWorker);
    await worker.pause();
    await maintenance.enable();
    await maintenance.disable();
    expect(worker.isPaused()).toBe(true);
    await maintenance.enable();
    await worker.resume();
    await add(queue, 0);
    await resting(queue, 1);
    await maintenance.disable();
    await completed(queue, 1);
  });

  it('a sandboxed processor is not paused', async () => {
    const file = fileURLToPath(new URL('../support/processes/sandboxed-processor.mjs', import.meta.url));
    const { maintenance, queue } = await boot(null, { files: [file] });
    await maintenance.enable();
    await add(queue, 0);
    await completed(queue, 1);
    expect(await queue.getCompleted()).toMatchObject([{ data: 0, returnvalue: 'done 0' }]);
  });

  it('a worker that was never started is not started', async () => {
    const { app, maintenance, queue } = await boot(IdleWorker);
    const { worker } = app.get(IdleWorker);
    await maintenance.enable();
    await maintenance.disable();
    expect(worker.isRunning()).toBe(false);
    void worker.run();
    await add(queue, 0);
    await completed(queue, 1);
  });

  it('a paused method that process calls is skipped, and the job is completed without it', async () => {
    const { maintenance, queue } = await boot(DelegatingWorker);
    await maintenance.enable();
    await add(queue, 0);
    await completed(queue, 1);
    expect(ran).toEqual([]);
  });

  it('a process that charges before it calls a paused method charges once', async () => {
    const { maintenance, queue } = await boot(ChargingWorker);
    await maintenance.enable();
    await add(queue, 0);
    await until('the charge', () => charged.length > 0);
    // Put back, it would be looked at again after a second.
    await delay(3000);
    await maintenance.disable();
    await completed(queue, 1);
    expect(charged).toEqual([0]);
  });

  it('enable with drain waits for a job that runs', async () => {
    const { maintenance, queue } = await boot(PausedWorker);
    const finish = new Subject<void>();
    gate = firstValueFrom(finish);
    await add(queue, 0);
    await until('the job at work', () => ran.length === 1);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 1 });
    const enabled = maintenance.enable({ drain: { timeoutMs: 30_000 } });
    finish.next();
    await enabled;
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: true, remaining: 0 });
    await completed(queue, 1);
  });

  it('enable with drain in a job waits for the other jobs, and not for its own', async () => {
    const { maintenance, queue } = await boot(EnablingWorker);
    const finish = new Subject<void>();
    gate = firstValueFrom(finish);
    await add(queue, 0, 1);
    await until('maintenance', () => maintenance.isActive());
    expect(await queue.getCompletedCount()).toBe(0);
    finish.next();
    await completed(queue, 2);
    const results = (await queue.getCompleted()).map(
      ({ returnvalue }: { returnvalue: unknown }) => returnvalue,
    );
    expect(new Set(results)).toEqual(new Set(['done 1', 'drained: true']));
  });

  it('a worker that the application pauses during maintenance stays paused', async () => {
    const { app, maintenance } = await boot(PausedWorker);
    const { worker } = app.get(PausedWorker);
    await maintenance.enable();
    await worker.pause(true);
    await maintenance.disable();
    expect(worker.isPaused()).toBe(true);
    await worker.resume();
  });

  it('an application that closes during maintenance leaves its jobs to the next', async () => {
    const storage = new MemoryStorage();
    const first = await boot(PausedWorker, { storage });
    await first.maintenance.enable();
    await add(first.queue, 0, 1);
    await first.app.close();
    const { maintenance, queue } = await boot(PausedWorker, { storage });
    await resting(queue, 2);
    await maintenance.disable();
    await completed(queue, 2);
    expect(ranDuringMaintenance).toEqual([]);
  });
});
