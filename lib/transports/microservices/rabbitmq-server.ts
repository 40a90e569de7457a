import { Logger } from '@nestjs/common';
import {
  type AmqpChannel,
  type AmqpMessage,
  type ConsumerMode,
  RabbitmqConsumer,
} from './rabbitmq-consumer.js';

/** Nest's server for RabbitMQ: it sets each channel up anew after a reconnect. */
interface RabbitmqServer {
  setupChannel(channel: AmqpChannel, ...rest: unknown[]): unknown;
}

/** The queue of a microservice on RabbitMQ. */
export class RabbitmqQueue {
  readonly #consumers = new WeakMap<AmqpChannel, RabbitmqConsumer>();
  #current: RabbitmqConsumer | undefined;

  /** Null for other servers, and for versions of Nest that set channels up in another way. */
  static of(server: object, mode: () => ConsumerMode): RabbitmqQueue | null {
    return isRabbitmqServer(server) ? new RabbitmqQueue(server, mode) : null;
  }

  private constructor(server: RabbitmqServer, mode: () => ConsumerMode) {
    const logger = new Logger('MaintenanceMode');
    const setupChannel = server.setupChannel.bind(server);
    server.setupChannel = (channel, ...rest) => {
      this.#current = new RabbitmqConsumer(channel, mode, (error) => logger.error(error));
      this.#consumers.set(channel, this.#current);
      return setupChannel(channel, ...rest);
    };
  }

  align(): void {
    void this.#current?.align();
  }

  keep(args: readonly unknown[], isHeld: () => boolean): boolean {
    return this.#find(args, (consumer, message) => consumer.keep(message, isHeld)) ?? false;
  }

  acknowledge(args: readonly unknown[]): void {
    this.#find(args, (consumer, message) => consumer.acknowledge(message));
  }

  pass(args: readonly unknown[]): void {
    this.#find(args, (consumer, message) => consumer.pass(message));
  }

  /** @param args of the handler: the data, and Nest's `RmqContext`. */
  #find<T>(
    args: readonly unknown[],
    use: (consumer: RabbitmqConsumer, message: AmqpMessage) => T,
  ): T | undefined {
    const context = args.find(isRabbitmqContext);
    const consumer = context && this.#consumers.get(context.getChannelRef());
    return context && consumer ? use(consumer, context.getMessage()) : undefined;
  }
}

interface RabbitmqContext {
  getMessage(): AmqpMessage;
  getChannelRef(): AmqpChannel;
}

function isRabbitmqContext(value: unknown): value is RabbitmqContext {
  return typeof value === 'object' && value !== null && 'getMessage' in value && 'getChannelRef' in value;
}

function isRabbitmqServer(server: object): server is RabbitmqServer {
  return 'setupChannel' in server && typeof server.setupChannel === 'function';
}
