/** A delivery; Nest's context of a message has it, with the channel that it came on. */
export type AmqpMessage = object;

type OnMessage = (message: AmqpMessage | null) => unknown;

interface ConsumeOptions {
  readonly noAck?: boolean;
}

/** The part of a channel of amqplib that is used. */
export interface AmqpChannel {
  consume(queue: string, onMessage: OnMessage, options?: ConsumeOptions): Promise<{ consumerTag: string }>;
  cancel(consumerTag: string): Promise<unknown>;
  prefetch(count: number, isGlobal: boolean | undefined): Promise<unknown>;
  ack(message: AmqpMessage): void;
  nack(message: AmqpMessage, allUpTo?: boolean, requeue?: boolean): void;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * How a queue is consumed. `usual`: as the application says. `sorting`: with acknowledgements, so that events are set aside
 * unacknowledged and what comes behind them is seen. `paused`: not at all.
 */
export type ConsumerMode = 'usual' | 'sorting' | 'paused';

/** How many messages are set aside at most; what comes behind them waits in the queue. */
const MOST_SET_ASIDE = 1000;

/** Well below the half hour after which RabbitMQ closes a channel on which a delivery is not acknowledged. */
const GIVE_BACK_MS = 10 * 60_000;

/** The consumer of one channel of RabbitMQ. A channel that is closed takes its messages back by itself. */
export class RabbitmqConsumer {
  readonly #consume: AmqpChannel['consume'];
  readonly #prefetch: AmqpChannel['prefetch'];
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
    this.#consume = channel.consume.bind(channel);
    this.#prefetch = channel.prefetch.bind(channel);
    channel.prefetch = (...limit) => {
      this.#limit = limit;
      return this.#prefetch(...limit);
    };
    channel.consume = async (queue, onMessage, options = {}) => {
      this.#application = { queue, onMessage, options };
      await this.align();
      return { consumerTag: this.#tag ?? '' };
    };
    channel.once('close', () => {
      this.#isClosed = true;
      clearInterval(this.#timer);
    });
    this.#timer = setInterval(() => void this.align(true), GIVE_BACK_MS).unref();
  }

  /** Brings the consumer in line with the state. @param all gives everything back that is set aside. */
  align(all = false): Promise<void> {
    this.#changes = this.#changes
      .then(() => this.#change(all))
      .catch((error: unknown) => {
        if (!this.#isClosed) this.report(error);
      });
    return this.#changes;
  }

  /** Whether the broker keeps the event: it is put back into the queue when it is not held any more. */
  keep(message: AmqpMessage, isHeld: () => boolean): boolean {
    const keeps = this.#withAck.has(message);
    if (keeps) this.#aside.set(message, isHeld);
    void this.align();
    return keeps;
  }

  /** Acknowledges what is answered in place of the handler, or never to be handled. */
  acknowledge(message: AmqpMessage): void {
    if (this.#isClosed || !this.#withAck.has(message) || this.#settled.has(message)) return;
    this.#settled.add(message);
    this.channel.ack(message);
  }

  /** Acknowledges what a handler gets that knows nothing of acknowledgements. */
  pass(message: AmqpMessage): void {
    if (this.#application?.options.noAck) this.acknowledge(message);
  }

  async #change(all: boolean): Promise<void> {
    if (this.#application === undefined || this.#isClosed) return;
    const mode = this.wantedMode();
    const givenBack = [...this.#aside]
      .filter(([, isHeld]) => all || mode === 'paused' || !isHeld())
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
    await this.#prefetch(count, this.#limit[1]);
    const { consumerTag } = await this.#consume(queue, this.#receive(onMessage, noAck), {
      ...options,
      noAck,
    });
    this.#tag = consumerTag;
  }

  /** What is set aside comes on top, so that as many as usual are handled at the same time. */
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
      // Those without a handler too.
      void this.#passLate(message, handled);
      return handled;
    };
  }

  async #passLate(message: AmqpMessage, handled: unknown): Promise<void> {
    await handled;
    if (!this.#aside.has(message)) this.pass(message);
  }
}
