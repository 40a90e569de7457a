import { Logger } from '@nestjs/common';
import {
  type AmqpChannel,
  type AmqpMessage,
  type ConsumeOptions,
  isAmqpChannel,
  type MicroserviceServer,
  onChannel,
  onListen,
  type OnMessage,
  rabbitmqContextOf,
  takeOverChannel,
  transportName,
} from '../../internals/nest.js';
import type { RouteRule } from '../../policy/route-rules.js';

/**
 * How a queue is consumed. `usual`: as the application configures it. `sorting`: with acknowledgements, so that events can be
 * set aside unacknowledged and later messages are still received. `paused`: not at all.
 */
export type ConsumerMode = 'usual' | 'sorting' | 'paused';

/** The highest number of messages that are set aside; later ones wait in the queue. */
const MOST_SET_ASIDE = 1000;

/** Well below the 30 minutes after which RabbitMQ closes a channel with an unacknowledged delivery. */
const GIVE_BACK_MS = 10 * 60_000;

/** The consumer of one channel of RabbitMQ. If a channel is closed, the broker requeues its messages. */
class RabbitmqConsumer {
  readonly #own: Pick<AmqpChannel, 'consume' | 'prefetch'>;
  readonly #withAck = new WeakSet<AmqpMessage>();
  readonly #settled = new WeakSet<AmqpMessage>();
  readonly #aside = new Map<AmqpMessage, () => boolean>();
  readonly #timer: NodeJS.Timeout;
  #application: { queue: string; onMessage: OnMessage; options: ConsumeOptions } | undefined;
  #limit: [count: number, isGlobal?: boolean | undefined] = [0];
  #tag: string | undefined;
  #mode: ConsumerMode | undefined;
  #count = 0;
  #isClosed = false;
  #changes: Promise<void> = Promise.resolve();

  constructor(
    private readonly channel: AmqpChannel,
    private readonly wantedMode: () => ConsumerMode,
    private readonly report: (error: unknown) => void,
  ) {
    this.#own = takeOverChannel(channel, {
      prefetch: (...limit) => {
        this.#limit = limit;
        return this.#own.prefetch(...limit);
      },
      consume: async (queue, onMessage, options = {}) => {
        this.#application = { queue, onMessage, options };
        await this.align();
        return { consumerTag: this.#tag ?? '' };
      },
    });
    channel.once('close', () => {
      this.#isClosed = true;
      clearInterval(this.#timer);
    });
    this.#timer = setInterval(() => void this.align(true), GIVE_BACK_MS).unref();
  }

  /** Adapts the consumer to the state. @param all puts back everything that is set aside. */
  align(all = false): Promise<void> {
    this.#changes = this.#changes
      .then(() => this.#change(all))
      .catch((error: unknown) => {
        if (!this.#isClosed) this.report(error);
      });
    return this.#changes;
  }

  /** Sets an event aside until it is not blocked. Returns whether the broker keeps it: then it goes back to the queue. */
  keep(message: AmqpMessage, isBlocked: () => boolean): boolean {
    const keeps = this.#withAck.has(message) && !this.#settled.has(message);
    if (keeps) this.#aside.set(message, isBlocked);
    void this.align();
    return keeps;
  }

  /** Acknowledges a message that was answered instead of handled, or that is never handled. */
  acknowledge(message: AmqpMessage): void {
    if (this.#isClosed || !this.#withAck.has(message) || this.#settled.has(message)) return;
    this.#settled.add(message);
    this.channel.ack(message);
  }

  /** Acknowledges a message for a handler that does not do it itself (`noAck`). */
  pass(message: AmqpMessage): void {
    if (this.#application?.options.noAck) this.acknowledge(message);
  }

  async #change(all: boolean): Promise<void> {
    if (this.#application === undefined || this.#isClosed) return;
    const mode = this.wantedMode();
    const givenBack = [...this.#aside]
      .filter(([, isBlocked]) => all || mode === 'paused' || !isBlocked())
      .map(([message]) => message);
    const count = this.#countFor(mode, this.#aside.size - givenBack.length);
    if (mode === this.#mode && count === this.#count && givenBack.length === 0) return;
    if (this.#tag !== undefined) await this.channel.cancel(this.#tag);
    this.#tag = undefined;
    this.#mode = mode;
    this.#count = count;
    for (const message of givenBack) {
      this.#aside.delete(message);
      this.#settled.add(message);
      this.channel.nack(message, false, true);
    }
    if (mode === 'paused') return;
    const { queue, onMessage, options } = this.#application;
    const noAck = mode === 'usual' && options.noAck === true;
    await this.#own.prefetch(count, this.#limit[1]);
    const { consumerTag } = await this.#own.consume(queue, this.#receive(onMessage, noAck), {
      ...options,
      noAck,
    });
    this.#tag = consumerTag;
  }

  /** Adds the messages that are set aside, so that as many as usual are handled at the same time. */
  #countFor(mode: ConsumerMode, aside: number): number {
    const [usual] = this.#limit;
    if (mode !== 'sorting') return usual;
    return usual === 0 ? MOST_SET_ASIDE : usual + Math.min(aside, MOST_SET_ASIDE);
  }

  #receive(onMessage: OnMessage, noAck: boolean): OnMessage {
    return (message) => {
      if (message !== null && !noAck) this.#withAck.add(message);
      const handled = onMessage(message);
      if (message === null) return handled;
      // Also messages without a handler.
      void this.#passLate(message, handled);
      return handled;
    };
  }

  async #passLate(message: AmqpMessage, handled: unknown): Promise<void> {
    await handled;
    if (!this.#aside.has(message)) this.pass(message);
  }
}

/** The queue of a microservice on RabbitMQ. */
export class RabbitmqQueue {
  readonly #consumers = new WeakMap<object, RabbitmqConsumer>();
  #current: RabbitmqConsumer | undefined;

  /** Null for other servers, and if Nest sets channels up in another way. */
  static of(server: object, mode: () => ConsumerMode): RabbitmqQueue | null {
    const queue = new RabbitmqQueue();
    const logger = new Logger('MaintenanceMode');
    const isRabbitmq = onChannel(server, (channel) => {
      if (!isAmqpChannel(channel)) {
        logger.warn(
          'This version of amqplib cannot stop to consume a queue: during maintenance, events wait in the process.',
        );
        return;
      }
      queue.#current = new RabbitmqConsumer(channel, mode, (error) => logger.error(error));
      queue.#consumers.set(channel, queue.#current);
    });
    return isRabbitmq ? queue : null;
  }

  align(): void {
    void this.#current?.align();
  }

  /** @param args of the handler */
  keep(args: readonly unknown[], isBlocked: () => boolean): boolean {
    return this.#find(args, (consumer, message) => consumer.keep(message, isBlocked)) ?? false;
  }

  acknowledge(args: readonly unknown[]): void {
    this.#find(args, (consumer, message) => consumer.acknowledge(message));
  }

  pass(args: readonly unknown[]): void {
    this.#find(args, (consumer, message) => consumer.pass(message));
  }

  #find<T>(
    args: readonly unknown[],
    use: (consumer: RabbitmqConsumer, message: AmqpMessage) => T,
  ): T | undefined {
    const context = rabbitmqContextOf(args);
    const consumer = context && this.#consumers.get(context.getChannelRef());
    return context && consumer ? use(consumer, context.getMessage()) : undefined;
  }
}

/** Warns once at boot over which transports events of blocked handlers are lost. */
export class LostEvents {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #atRisk = new Set<string>();
  #isPlanned = false;

  /** @param rules returns those of the event handlers of a server that keeps no events; called when it begins to listen. */
  watch(server: MicroserviceServer, rules: () => Iterable<RouteRule>): void {
    onListen(server, () => {
      if ([...rules()].some(({ kind }) => isBlockedAtTimes(kind))) this.#add(transportName(server));
    });
  }

  #add(name: string): void {
    this.#atRisk.add(name);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // After the other microservices of a hybrid application, which begin to listen together.
    setImmediate(() => {
      this.#isPlanned = false;
      this.#logger.warn(
        `Events over ${[...this.#atRisk].join(', ')} that come during maintenance are lost where their handler is blocked. ` +
          'See "Microservices" in the documentation for what can be done about it.',
      );
      this.#atRisk.clear();
    });
  }
}

/** Events of `@MaintenanceOn()` handlers are never handled, so maintenance makes no difference. */
function isBlockedAtTimes(kind: RouteRule['kind']): boolean {
  return kind !== 'off' && kind !== 'on';
}
