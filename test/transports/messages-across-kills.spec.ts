import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type ClientProxy, ClientProxyFactory, type RmqOptions, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { messageTransports, stopBrokers, type TransportOptions } from '../support/message-brokers.js';
import { MessageConsumer } from '../support/message-consumer.js';
import { describeWithRabbitmq, startRabbitmq, stopRabbitmq } from '../support/rabbitmq-server.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

let consumer: MessageConsumer;
let client: ClientProxy;

const begin = async (settings: object, clientOptions: RmqOptions | TransportOptions): Promise<void> => {
  consumer = new MessageConsumer(settings, await makeDirectory());
  await consumer.start();
  client = ClientProxyFactory.create(clientOptions);
  await client.connect();
};
const emit = async (pattern: string, data: number): Promise<unknown> =>
  firstValueFrom(client.emit<unknown>(pattern, data), { defaultValue: undefined });
const send = async (data: number): Promise<unknown> =>
  firstValueFrom(client.send<unknown>('count', data)).catch((error: { code?: string }) => error.code);
const isDone = async (line: string): Promise<boolean> => (await consumer.done()).has(line);
/** An event of an open handler, behind all that was sent before; sent until it arrives where nobody keeps it. */
const quiet = async (mark: number, isKept: boolean): Promise<void> => {
  if (isKept) await emit('paid', mark);
  await until('the mark is handled', async () => {
    if (!isKept) await emit('paid', mark);
    return isDone(`paid ${mark}`);
  });
};

/** Until the queue is consumed in another way: what `noAck` delivers before it waits in the process, and is lost with it. */
const consumedAnew = async (before: number, mark: number): Promise<void> =>
  until('another consumer delivers', async () => {
    await emit('paid', mark);
    return (await consumer.consumers()) > before;
  });

/** Events are even numbers, requests odd ones. What was answered to a request must be true. */
async function run(isKept: boolean): Promise<{ refused: number; duringMaintenance: number[] }> {
  const duringMaintenance: number[] = [];
  let refused = 0;
  let isOpen = true;
  const asked: Promise<void>[] = [];
  const ask = async (number: number, expected: string): Promise<void> => {
    const answer = await send(number);
    if (answer === 'MAINTENANCE') refused += 1;
    expect(answer).toBe(expected);
  };
  for (let number = 1; number <= 1000; number += 1) {
    const part = number % 300;
    if (part === 0 || (number > 300 && part === 100)) {
      await Promise.all(asked.splice(0));
      await quiet(-number, isKept);
      isOpen = part !== 0;
      const before = await consumer.consumers();
      await consumer.tell(isOpen ? 'disable' : 'enable');
      if (isKept) await consumedAnew(before, -number - 6000);
    }
    // Once in the second maintenance and once outside of any: a crash, and a start.
    if (number === 650 || number === 801) {
      await Promise.all(asked.splice(0));
      await quiet(-number, isKept);
      await consumer.kill();
      await consumer.start();
      await quiet(-number - 2000, isKept);
    }
    if (number % 2 === 0) {
      if (!isOpen) duringMaintenance.push(number);
      await emit('sold', number);
      continue;
    }
    asked.push(ask(number, isOpen ? `count ${number}` : 'MAINTENANCE'));
  }
  await Promise.all(asked);
  await quiet(-5000, isKept);
  return { refused, duringMaintenance };
}

const evens = Array.from({ length: 500 }, (_, index) => 2 * index + 2);
const notDone = async (): Promise<number[]> => {
  const done = await consumer.done();
  return evens.filter((number) => !done.has(`sold ${number}`));
};
const doneTwice = async (): Promise<string[]> =>
  [...(await consumer.done())]
    .filter(([line, times]) => times > 1 && !line.startsWith('paid'))
    .map(([line]) => line);

afterEach(async () => {
  await client.close();
  await consumer.kill();
});
afterAll(removeDirectories);

describeWithRabbitmq('1,000 messages over RabbitMQ, three maintenances and two kills', () => {
  let url: string;
  beforeAll(async () => {
    url = await startRabbitmq();
  }, 90_000);
  afterAll(stopRabbitmq, 60_000);

  it.each([
    [false, 1],
    [false, 0],
    [true, 0],
  ])(
    'noAck %s, prefetchCount %i: each event is done once, each request is answered or refused',
    async (noAck, prefetchCount) => {
      const queue = `run-${noAck}-${prefetchCount}`;
      const options = { urls: [url], queue, noAck, prefetchCount };
      const transport = { transport: Transport.RMQ as const, options };
      await begin({ ...transport, acknowledges: !noAck }, { ...transport, options: { urls: [url], queue } });
      const { refused } = await run(true);
      expect(refused).toBe(150);
      await until('all events are handled', async () => (await notDone()).length === 0);
      expect(await doneTwice()).toEqual([]);
    },
    120_000,
  );
});

for (const transport of messageTransports.filter(({ name }) => name !== 'TCP')) {
  transport.describe(`1,000 messages over ${transport.name}, three maintenances and two kills`, () => {
    let options: TransportOptions;
    beforeEach(async () => {
      options = await transport.start();
    });
    afterAll(stopBrokers);

    it('exactly the events during maintenance are lost, and nothing is done twice', async () => {
      await begin(options, options);
      await quiet(-1, false);
      const { refused, duringMaintenance } = await run(false);
      expect(refused).toBe(150);
      expect(await notDone()).toEqual(duringMaintenance);
      expect(await doneTwice()).toEqual([]);
    }, 120_000);
  });
}
