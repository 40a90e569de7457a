import { memberOf } from '../validation/member.js';

/** A delivery; Nest's context of a message has it, with the channel that it came on. */
export type AmqpMessage = object;

export type OnMessage = (message: AmqpMessage | null) => unknown;

export interface ConsumeOptions {
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

export function isAmqpChannel(channel: object): channel is AmqpChannel {
  const methods = ['consume', 'cancel', 'prefetch', 'ack', 'nack', 'once'];
  return methods.every((name) => typeof memberOf(channel, name) === 'function');
}

/**
 * Takes over how the queue of a channel is consumed, since Nest offers no way to stop and begin again.
 *
 * @returns the methods of the channel itself.
 */
export function takeOverChannel(
  channel: AmqpChannel,
  hooks: Pick<AmqpChannel, 'consume' | 'prefetch'>,
): Pick<AmqpChannel, 'consume' | 'prefetch'> {
  const own = { consume: channel.consume.bind(channel), prefetch: channel.prefetch.bind(channel) };
  Object.assign(channel, { consume: hooks.consume, prefetch: hooks.prefetch });
  return own;
}
