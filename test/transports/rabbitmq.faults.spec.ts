import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqContext,
  type RmqOptions,
  Transport,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { type Channel, connect } from 'amqplib';
import { firstValueFrom } from 'rxjs';
import { MaintenanceModule, MaintenanceOff, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { MessageConsumer } from '../support/message-consumer.js';
import { describeWithRabbitmq, startRabbitmq, stopRabbitmq } from '../support/rabbitmq-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { makeDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const handled: string[] = [];
let acknowledges = true;
const done = (what: string, context: RmqContext): void => {
  handled.push(what);
  if (acknowledges) context.getChannelRef().ack(context.getMessage());
};

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `sold ${index}`);

const sold = (): string[] => handled.filter((line) => line.startsWith('sold'));

@Controller()
class EventsController {
  @EventPattern('sold')
  sold(@Payload() number: number, @Ctx() context: unknown): void {
    done(`sold ${number}`, context as RmqContext);
  }
}

/** Its queue is consumed during maintenance: for the requests, and the events of the open handler. */
@Controller()
class ShopController extends EventsController {
  @MessagePattern('count')
  count(@Payload() number: number, @Ctx() context: RmqContext): number {
    done(`count ${number}`, context);
    return number;
  }
  @EventPattern('paid')
  @MaintenanceOff()
  paid(@Payload() number: number, @Ctx() context: unknown): void {
    done(`paid ${number}`, context as RmqContext);
  }
}

describeWithRabbitmq('RabbitMQ in trouble', () => {
  let url: string;
  /** Between the consumer and the broker. */
  let proxy: TcpProxy;
  /** Asks the broker itself. */
  let broker: Channel;
  let client: ClientProxy;
  let maintenance: MaintenanceService;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    url = await startRabbitmq();
  }, 90_000);
  afterAll(stopRabbitmq, 60_000);
  beforeEach(async () => {
    proxy = await TcpProxy.start(Number(new URL(url).port));
    closing.push(() => proxy.close());
    const connection = await connect(url);
    closing.push(() => connection.close());
    broker = await connection.createChannel();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const close of closing.splice(0).toReversed()) await close();
    handled.length = 0;
  });

  const start = async (
    controller: typeof EventsController,
    queue: string,
    options: NonNullable<RmqOptions['options']> = {},
  ): Promise<void> => {
    acknowledges = options.noAck === false;
    const { queueOptions } = options;
    const module = await Test.createTestingModule({
      imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
      controllers: [controller],
    }).compile();
    const consumer: RmqOptions['options'] = {
      urls: [`amqp://127.0.0.1:${proxy.port}`],
      queue,
      ...options,
      socketOptions: { reconnectTimeInSeconds: 1, ...options.socketOptions },
    };
    const app = module.createNestMicroservice({ transport: Transport.RMQ, options: consumer, logger: false });
    closing.push(() => app.close());
    await app.listen();
    client = ClientProxyFactory.create({
      transport: Transport.RMQ,
      options: { urls: [url], queue, ...(queueOptions ? { queueOptions } : {}) },
    });
    closing.push(() => client.close());
    maintenance = app.get(MaintenanceService);
    await until('the queue is consumed', async () => (await consumers(queue)) === 1);
  };
  const send = (pattern: string, data: number): Promise<unknown> =>
    firstValueFrom(client.send<unknown>(pattern, data));
  const emit = (pattern: string, data: number): Promise<unknown> =>
    firstValueFrom(client.emit(pattern, data), { defaultValue: undefined });
  const waiting = async (queue: string): Promise<number> => (await broker.checkQueue(queue)).messageCount;
  const consumers = async (queue: string): Promise<number> => (await broker.checkQueue(queue)).consumerCount;

  it('events that are set aside when the connection is cut are handled once after maintenance', async () => {
    await start(ShopController, 'cut', { noAck: false, prefetchCount: 1 });
    await maintenance.enable();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    for (const time of [1, 2]) {
      await expect(send('count', time)).rejects.toMatchObject({ code: 'MAINTENANCE' });
      // Also, the broker has confirmed the answer by then: Nest handles no rejection of it.
      await emit('paid', time);
      await until('what comes behind them is handled', () => handled.includes(`paid ${time}`));
      proxy.cut();
    }
    await expect(send('count', 3)).rejects.toMatchObject({ code: 'MAINTENANCE' });
    await maintenance.disable();
    expect(await send('count', 7)).toBe(7);
    // An open handler's own acknowledgement may be lost with the connection, as ever.
    await until('the events are handled', () => sold().length >= 3);
    expect(sold().toSorted()).toEqual(numbers(3));
    await until('nothing is left', async () => (await waiting('cut')) === 0);
  });

  it('a queue that is not consumed is not consumed after the connection is cut either', async () => {
    await start(EventsController, 'paused', { noAck: false });
    await maintenance.enable();
    await until('nobody consumes', async () => (await consumers('paused')) === 0);
    let connections = 0;
    proxy.request = (chunk) => {
      if (chunk.toString('latin1').startsWith('AMQP')) connections += 1;
      return chunk;
    };
    proxy.cut();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    await until('the consumer has connected again', () => connections > 0);
    expect(await waiting('paused')).toBe(3);
    await maintenance.disable();
    await until('the events are handled', () => handled.length >= 3);
    expect(handled).toEqual(numbers(3));
  });

  it('maintenance that ends while the connection is cut loses nothing', async () => {
    await start(ShopController, 'ended', { noAck: false });
    await maintenance.enable();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    await until('they are set aside', async () => (await waiting('ended')) === 0);
    proxy.cut();
    await maintenance.disable();
    await until('the events are handled', () => handled.length >= 3);
    expect(handled.toSorted()).toEqual(numbers(3));
    expect(await send('count', 7)).toBe(7);
  });

  it('sets 1,000 events aside, and leaves the others in the queue', async () => {
    await start(ShopController, 'many', { noAck: false, prefetchCount: 0 });
    await maintenance.enable();
    await Promise.all(Array.from({ length: 1005 }, (_, number) => emit('sold', number)));
    await until('1,000 are set aside', async () => (await waiting('many')) === 5);
    const asked = send('count', 7).catch((error: unknown) => error);
    await until('the request waits behind them', async () => (await waiting('many')) === 6);
    await maintenance.disable();
    expect(await asked).toBe(7);
    await until('the events are handled', () => handled.length >= 1006);
    expect(new Set(handled)).toEqual(new Set([...numbers(1005), 'count 7']));
    expect(handled).toHaveLength(1006);
  });

  it('gives events back every ten minutes, and sets them aside again', async () => {
    const tenMinutes: (() => void)[] = [];
    const { setInterval } = globalThis;
    jest.spyOn(globalThis, 'setInterval').mockImplementation((callback, ms, ...args) => {
      if (ms === 600_000) tenMinutes.push(callback);
      return setInterval(callback, ms, ...args);
    });
    await start(ShopController, 'given-back', { noAck: false });
    await maintenance.enable();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    await until('they are set aside', async () => (await waiting('given-back')) === 0);
    let givenBack = 0;
    proxy.request = (chunk) => {
      givenBack += chunk.toString('latin1').split(NACK).length - 1;
      return chunk;
    };
    for (const round of [1, 2]) {
      for (const pass of tenMinutes) pass();
      await until('they are given back', () => givenBack === 3 * round);
      await until('they are set aside again', async () => (await waiting('given-back')) === 0);
      await emit('paid', round);
      await until('what comes behind them is handled', () => handled.includes(`paid ${round}`));
    }
    await maintenance.disable();
    await until('the events are handled', () => handled.length >= 5);
    expect(handled.toSorted()).toEqual(['paid 1', 'paid 2', ...numbers(3)]);
  });

  it.each([
    ['its default', {}, 1],
    ['a limit that is not reached', { 'x-delivery-limit': 3 }, 2],
  ])('a quorum queue with %s delivers each event once', async (name, limit, cuts) => {
    const queue = `quorum-${name.replaceAll(' ', '-')}`;
    const queueOptions = { durable: true, arguments: { 'x-queue-type': 'quorum', ...limit } };
    await start(ShopController, queue, { noAck: false, queueOptions });
    await maintenance.enable();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    await until('they are set aside', async () => (await waiting(queue)) === 0);
    for (let cut = 1; cut <= cuts; cut += 1) {
      proxy.cut();
      await emit('paid', cut);
      await until('what comes behind them is handled', () => handled.includes(`paid ${cut}`));
    }
    await maintenance.disable();
    await until('the events are handled', () => sold().length >= 3);
    expect(sold().toSorted()).toEqual(numbers(3));
  });

  it('a quorum queue gives an event to its dead letters if it was given back more often than its limit', async () => {
    await broker.assertQueue('dead', { durable: true });
    const dead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
    const queueOptions = {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1, ...dead },
    };
    await start(ShopController, 'limited', { noAck: false, queueOptions });
    await maintenance.enable();
    await emit('sold', 0);
    for (const cut of [1, 2]) {
      await until('it is set aside', async () => (await waiting('limited')) === 0);
      proxy.cut();
      await emit('paid', cut);
      await until('what comes behind it is handled', () => handled.includes(`paid ${cut}`));
    }
    await until('it is a dead letter', async () => (await waiting('dead')) === 1);
    await maintenance.disable();
    expect(await send('count', 7)).toBe(7);
    expect(handled).not.toContain('sold 0');
  });

  /** Holds up what the broker delivers until it is told to let it arrive. */
  const holdUp = (): AbortController => {
    const arrive = new AbortController();
    const arriving = once(arrive.signal, 'abort');
    proxy.answer = async (chunk) => {
      await arriving;
      return chunk;
    };
    return arrive;
  };

  it('noAck true: events that were delivered when maintenance begins are handled after it', async () => {
    await start(ShopController, 'forgotten', { noAck: true });
    const arrive = holdUp();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    await emit('paid', 1);
    await until('the broker has delivered them', async () => (await waiting('forgotten')) === 0);
    await maintenance.enable();
    arrive.abort();
    await until('what comes behind them is handled', () => handled.includes('paid 1'));
    expect(handled).toEqual(['paid 1']);
    await maintenance.disable();
    await until('the events are handled', () => handled.length >= 4);
    expect(handled.toSorted()).toEqual(['paid 1', ...numbers(3)]);
  });

  it('noAck true: events that were delivered when maintenance begins are lost if the process is killed', async () => {
    const transport = Transport.RMQ as const;
    const options = { urls: [`amqp://127.0.0.1:${proxy.port}`], queue: 'killed', noAck: true };
    const consumer = new MessageConsumer({ transport, options }, await makeDirectory());
    closing.push(() => consumer.kill());
    await consumer.start();
    client = ClientProxyFactory.create({ transport, options: { urls: [url], queue: 'killed' } });
    closing.push(() => client.close());
    await until('the queue is consumed', async () => (await consumers('killed')) === 1);
    const arrive = holdUp();
    for (let number = 0; number < 3; number += 1) await emit('sold', number);
    await emit('paid', 1);
    await until('the broker has delivered them', async () => (await waiting('killed')) === 0);
    await consumer.tell('enable');
    arrive.abort();
    const isDone = async (line: string): Promise<boolean> => (await consumer.done()).has(line);
    await until('what comes behind them is handled', () => isDone('paid 1'));
    await consumer.kill();
    await consumer.start();
    await consumer.tell('disable');
    await emit('sold', 3);
    await until('a later event is handled', () => isDone('sold 3'));
    expect([...(await consumer.done()).keys()]).toEqual(['paid 1', 'sold 3']);
  });
});

/** The class and the method of a `basic.nack`, as they stand in a frame. */
const NACK = '\0\x3c\0\x78';
