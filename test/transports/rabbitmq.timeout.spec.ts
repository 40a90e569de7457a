import { afterAll, afterEach, expect, it } from '@jest/globals';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { connect } from 'amqplib';
import { firstValueFrom } from 'rxjs';
import { MessageConsumer } from '../support/message-consumer.js';
import { describeWithRabbitmq, startRabbitmq, stopRabbitmq } from '../support/rabbitmq-server.js';
import { makeDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

describeWithRabbitmq('RabbitMQ that waits 2 seconds for acknowledgements', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(stopRabbitmq, 60_000);

  it('closes the channel during maintenance, and an event is handled once after it', async () => {
    const url = await startRabbitmq({ consumer_timeout: 2000, channel_tick_interval: 1000 });
    const transport = Transport.RMQ as const;
    const options = {
      urls: [url],
      queue: 'shop',
      noAck: false,
      socketOptions: { reconnectTimeInSeconds: 1 },
    };
    const consumer = new MessageConsumer({ transport, options, acknowledges: true }, await makeDirectory());
    closing.push(() => consumer.kill());
    await consumer.start();
    const client = ClientProxyFactory.create({ transport, options: { urls: [url], queue: 'shop' } });
    closing.push(() => client.close());
    const connection = await connect(url);
    closing.push(() => connection.close());
    const broker = await connection.createChannel();
    const stands = async (messageCount: number, consumerCount: number): Promise<boolean> => {
      const queue = await broker.checkQueue('shop');
      return queue.messageCount === messageCount && queue.consumerCount === consumerCount;
    };
    await until('the queue is consumed', () => stands(0, 1));

    await consumer.tell('enable');
    await firstValueFrom(client.emit('sold', 1), { defaultValue: undefined });
    for (let time = 0; time < 2; time += 1) {
      await until('the event is set aside', () => stands(0, 1));
      await until('the channel is closed, and the event back in the queue', () => stands(1, 0));
    }
    await consumer.tell('disable');
    await until('the event is handled', async () => (await consumer.done()).has('sold 1'));
    await until('it is acknowledged', () => stands(0, 1));
    expect([...(await consumer.done())]).toEqual([['sold 1', 1]]);
  }, 120_000);
});
