import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, EventPattern, MessagePattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { firstValueFrom, lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { MaintenanceModule, MaintenanceOff, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { messageTransports, stopBrokers, type TransportOptions } from '../support/message-brokers.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const handled: string[] = [];
/** What a stream gives, as it comes. */
let stream = new Subject<number>();

@Controller()
class ShopController {
  @MessagePattern('count')
  count(number: number): number {
    handled.push(`count ${number}`);
    return number;
  }

  @MessagePattern('health')
  @MaintenanceOff()
  health(): string {
    return 'ok';
  }

  @MessagePattern('stream')
  stream(): Observable<number> {
    handled.push('stream');
    return stream;
  }

  @EventPattern('sold')
  sold(number: number): void {
    handled.push(`sold ${number}`);
  }

  @EventPattern('paid')
  @MaintenanceOff()
  paid(number: number): void {
    handled.push(`paid ${number}`);
  }
}

for (const transport of messageTransports) {
  transport.describe(transport.name, () => {
    const rejections: unknown[] = [];
    const keep = (reason: unknown): unknown => rejections.push(reason);
    const closing: (() => unknown)[] = [];
    const logger = new KeptLogs();
    let options: TransportOptions;
    let client: ClientProxy;
    let maintenance: MaintenanceService;

    beforeAll(async () => {
      options = await transport.start();
    });
    beforeEach(async () => {
      handled.length = 0;
      logger.lines.length = 0;
      process.on('unhandledRejection', keep);
      const module = await Test.createTestingModule({
        imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
        controllers: [ShopController],
      }).compile();
      const app = module.createNestMicroservice({ ...options, logger });
      closing.push(() => app.close());
      await app.listen();
      maintenance = app.get(MaintenanceService);
      client = ClientProxyFactory.create(options);
      closing.push(() => client.close());
      await client.connect();
      // The subscriptions of a server that listens may still be on their way to the broker.
      await until('the event is handled', async () => {
        await emit('paid', 0);
        return handled.length > 0;
      });
      await quiet();
      handled.length = 0;
    });
    afterEach(async () => {
      for (const close of closing.splice(0).toReversed()) await close();
      process.off('unhandledRejection', keep);
      expect(rejections.splice(0)).toEqual([]);
    });
    afterAll(async () => {
      await stopBrokers();
      await removeDirectories();
    });

    const send = async (pattern: string, data: number): Promise<unknown> =>
      firstValueFrom(client.send<unknown>(pattern, data));
    const emit = async (pattern: string, data: number): Promise<unknown> =>
      firstValueFrom(client.emit<unknown>(pattern, data), { defaultValue: undefined });
    /** An event of an open handler, behind all that was sent on this connection. */
    const quiet = async (): Promise<void> => {
      await emit('paid', -1);
      await until('the last event is handled', () => handled.includes('paid -1'));
      handled.splice(handled.indexOf('paid -1'), 1);
    };

    it('refuses requests with an error that the client understands, and is as before afterwards', async () => {
      expect(await send('count', 1)).toBe(1);
      await maintenance.enable({ reason: 'Stocktaking' });
      await expect(send('count', 2)).rejects.toMatchObject({
        code: 'MAINTENANCE',
        message: 'Stocktaking',
        statusCode: 503,
      });
      expect(await send('health', 0)).toBe('ok');
      await maintenance.disable();
      expect(await send('count', 3)).toBe(3);
      expect(handled).toEqual(['count 1', 'count 3']);
    });

    it('lets a stream go on that has begun, waits for it, and refuses a new one', async () => {
      stream = new Subject();
      const answer = lastValueFrom(client.send<number>('stream', {}).pipe(toArray()));
      await until('the stream has begun', () => stream.observed);
      stream.next(1);
      await maintenance.enable();
      await expect(send('stream', 0)).rejects.toMatchObject({ code: 'MAINTENANCE' });
      expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 1 });
      stream.next(2);
      stream.complete();
      expect(await answer).toEqual([1, 2]);
      expect(await maintenance.drained({ timeoutMs: 10_000 })).toEqual({ drained: true, remaining: 0 });
      expect(handled).toEqual(['stream']);
    });

    it('loses the events of blocked handlers that come during maintenance, and no others', async () => {
      await emit('sold', 1);
      await quiet();
      await maintenance.enable();
      await emit('sold', 2);
      await emit('paid', 2);
      await emit('sold', 3);
      await quiet();
      await maintenance.disable();
      await emit('sold', 4);
      await quiet();
      expect(handled).toEqual(['sold 1', 'paid 2', 'sold 4']);
    });

    it('warns at boot, and once for each pattern and maintenance', async () => {
      await maintenance.enable();
      await emit('sold', 1);
      await emit('sold', 2);
      await quiet();
      expect(logger.lines).toEqual([
        expect.stringContaining(`Events over ${transport.name} that come during maintenance are lost`),
        expect.stringContaining('Events of "sold" are not handled during maintenance'),
      ]);
    });

    it('1,000 numbered messages over three maintenances are done once, refused or counted as lost', async () => {
      const expected: string[] = [];
      const unheard = { refused: 0, lost: 0 };
      let isOpen = true;
      const asked: Promise<void>[] = [];
      for (let number = 1; number <= 1000; number += 1) {
        if (number % 300 === 0) {
          await Promise.all(asked.splice(0));
          await quiet();
          await maintenance.enable();
          isOpen = false;
        }
        if (number > 300 && number % 300 === 100) {
          await Promise.all(asked.splice(0));
          await quiet();
          await maintenance.disable();
          isOpen = true;
        }
        if (number % 2 === 0) {
          if (isOpen) expected.push(`sold ${number}`);
          else unheard.lost += 1;
          await emit('sold', number);
        } else {
          if (isOpen) expected.push(`count ${number}`);
          if (!isOpen) unheard.refused += 1;
          asked.push(expectAnswer(send('count', number), isOpen ? number : 'MAINTENANCE'));
        }
      }
      await Promise.all(asked);
      await quiet();
      expect(unheard).toEqual({ refused: 150, lost: 150 });
      expect(handled.toSorted()).toEqual(expected.toSorted());
    });
  });
}

/** What the handler returns, or the code of the error that refuses the request. */
async function expectAnswer(answer: Promise<unknown>, expected: unknown): Promise<void> {
  expect(await answer.catch((error: { code?: string }) => error.code)).toBe(expected);
}
