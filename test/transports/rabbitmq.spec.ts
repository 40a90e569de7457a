import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import {
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqContext,
  Transport,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { connect } from 'amqplib';
import { firstValueFrom, lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { MaintenanceModule, MaintenanceOff, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { describeWithRabbitmq, startRabbitmq, stopRabbitmq } from '../support/rabbitmq-server.js';
import { until } from '../support/until.js';

const handled: string[] = [];
let acknowledges = true;
const done = (what: string, context: RmqContext): void => {
  handled.push(what);
  if (acknowledges) context.getChannelRef().ack(context.getMessage());
};

/** What a stream gives, as it comes. */
const stream = new Subject<number>();

@Controller()
class ShopController {
  @MessagePattern('stream')
  stream(@Ctx() context: RmqContext): Observable<number> {
    done('stream', context);
    return stream;
  }
  @MessagePattern('count')
  count(@Payload() number: number, @Ctx() context: RmqContext): number {
    done(`count ${number}`, context);
    return number;
  }
  @MessagePattern('health')
  @MaintenanceOff()
  health(@Payload() _data: unknown, @Ctx() context: RmqContext): string {
    done('health', context);
    return 'ok';
  }
  @EventPattern('sold')
  sold(@Payload() number: number, @Ctx() context: unknown): void {
    done(`sold ${number}`, context as RmqContext);
  }
}

describeWithRabbitmq('RabbitMQ', () => {
  let url: string;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    url = await startRabbitmq();
  }, 90_000);
  afterAll(stopRabbitmq, 60_000);
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    handled.length = 0;
  });

  it.each([
    [false, 1],
    [false, 0],
    [true, 0],
  ])(
    'noAck %s, prefetchCount %i: refuses requests for good, and keeps events',
    async (noAck, prefetchCount) => {
      acknowledges = !noAck;
      const queue = `shop-${noAck}-${prefetchCount}`;
      const rmq = {
        transport: Transport.RMQ as const,
        options: { urls: [url], queue, noAck, prefetchCount },
      };
      const module = await Test.createTestingModule({
        imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
        controllers: [ShopController],
      }).compile();
      const app = module.createNestMicroservice({ ...rmq, logger: false });
      closing.push(() => app.close());
      await app.listen();
      const client = ClientProxyFactory.create({ ...rmq, options: { urls: [url], queue } });
      closing.push(() => client.close());
      const maintenance = app.get(MaintenanceService);
      const send = (pattern: string, data: number): Promise<unknown> =>
        firstValueFrom(client.send<unknown>(pattern, data));
      const emit = (data: number): Promise<unknown> =>
        firstValueFrom(client.emit('sold', data), { defaultValue: undefined });

      expect(await send('count', 1)).toBe(1);
      await maintenance.enable();
      for (const number of [2, 3, 4]) {
        await emit(number);
        await expect(send('count', number)).rejects.toMatchObject({ code: 'MAINTENANCE' });
        expect(await send('health', 0)).toBe('ok');
      }
      expect(handled).toEqual(['count 1', 'health', 'health', 'health']);
      await maintenance.disable();
      await until('the events are handled', () => handled.length === 7);
      expect(handled.slice(4)).toEqual(['sold 2', 'sold 3', 'sold 4']);
      expect(await send('count', 5)).toBe(5);
      expect(handled.at(-1)).toBe('count 5');
      expect(handled).toHaveLength(8);
    },
  );

  it('lets a stream go on that has begun, waits for it, and refuses a new one', async () => {
    acknowledges = true;
    const rmq = {
      transport: Transport.RMQ as const,
      options: { urls: [url], queue: 'streams', noAck: false },
    };
    const module = await Test.createTestingModule({
      imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
      controllers: [ShopController],
    }).compile();
    const app = module.createNestMicroservice({ ...rmq, logger: false });
    closing.push(() => app.close());
    await app.listen();
    const client = ClientProxyFactory.create({ ...rmq, options: { urls: [url], queue: 'streams' } });
    closing.push(() => client.close());
    const maintenance = app.get(MaintenanceService);
    const answer = lastValueFrom(client.send<number>('stream', {}).pipe(toArray()));
    await until('the stream has begun', () => stream.observed);
    stream.next(1);
    await maintenance.enable();
    await expect(firstValueFrom(client.send('stream', {}))).rejects.toMatchObject({ code: 'MAINTENANCE' });
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 1 });
    stream.next(2);
    stream.complete();
    expect(await answer).toEqual([1, 2]);
    expect(await maintenance.drained({ timeoutMs: 10_000 })).toEqual({ drained: true, remaining: 0 });
    expect(handled).toEqual(['stream']);
  });

  it.each([false, true])(
    'noAck %s: a queue with nothing but blocked events is not consumed',
    async (noAck) => {
      const got: string[] = [];
      @Controller()
      class EventsController {
        @EventPattern('sold')
        sold(@Payload() number: number, @Ctx() context: unknown): void {
          const message = (context as RmqContext).getMessage() as { fields: { redelivered: boolean } };
          got.push(`${number}${message.fields.redelivered ? ' redelivered' : ''}`);
          if (!noAck) (context as RmqContext).getChannelRef().ack(message);
        }
      }
      const queue = `events-${noAck}`;
      const rmq = { transport: Transport.RMQ as const, options: { urls: [url], queue, noAck } };
      const module = await Test.createTestingModule({
        imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
        controllers: [EventsController],
      }).compile();
      const app = module.createNestMicroservice({ ...rmq, logger: false });
      closing.push(() => app.close());
      await app.listen();
      const client = ClientProxyFactory.create({ ...rmq, options: { urls: [url], queue } });
      closing.push(() => client.close());
      const connection = await connect(url);
      closing.push(() => connection.close());
      const channel = await connection.createChannel();
      const emit = (data: number): Promise<unknown> =>
        firstValueFrom(client.emit('sold', data), { defaultValue: undefined });

      await emit(1);
      await until('the event is handled', () => got.length === 1);
      await app.get(MaintenanceService).enable();
      await until('nobody consumes', async () => (await channel.checkQueue(queue)).consumerCount === 0);
      for (const number of [2, 3, 4]) await emit(number);
      await until('the events are kept', async () => (await channel.checkQueue(queue)).messageCount === 3);
      expect(got).toEqual(['1']);
      await app.get(MaintenanceService).disable();
      await until('the events are handled', () => got.length === 4);
      expect(got).toEqual(['1', '2', '3', '4']);
    },
  );
});
