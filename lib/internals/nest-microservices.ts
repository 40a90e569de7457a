import type { ModulesContainer } from '@nestjs/core';
import { memberOf } from '../validation/values.js';

/** The function that a server calls for a pattern. */
export interface MessageCallback {
  (...args: unknown[]): unknown;
  /** Set by the server: the next handler of the same event, which this handler calls. */
  next?: MessageCallback;
}

/** The used members of a server of @nestjs/microservices, or of a custom strategy. */
export interface MicroserviceServer {
  readonly transportId?: unknown;
  addHandler(pattern: unknown, callback: MessageCallback, isEvent?: boolean, ...rest: unknown[]): void;
  listen?(...args: unknown[]): unknown;
}

/** The names of Nest's transports by their numbers. */
const TRANSPORTS: readonly string[] = ['TCP', 'Redis', 'NATS', 'MQTT', 'gRPC', 'RabbitMQ', 'Kafka'];

export function transportName(server: MicroserviceServer): string {
  const known = typeof server.transportId === 'number' ? TRANSPORTS[server.transportId] : undefined;
  return known ?? server.constructor.name;
}

/**
 * Calls back for each microservice of the application, before its handlers are registered.
 *
 * @returns false if Nest has no such registry, before 11.1.4.
 */
export function onMicroservice(
  modules: ModulesContainer,
  callback: (server: MicroserviceServer) => void,
): boolean {
  if (!('getRpcTargetRegistry' in modules)) return false;
  modules.getRpcTargetRegistry<MicroserviceServer>().subscribe(callback);
  return true;
}

interface Registration {
  readonly pattern: unknown;
  readonly callback: MessageCallback;
  readonly isEvent: boolean;
  /** The object that the decorator has created for the method. */
  readonly extras: unknown;
}

/**
 * @param wrap returns the function that the server registers instead of the callback
 * @returns false if handlers are registered in another way
 */
export function onAddHandler(
  server: MicroserviceServer,
  wrap: (registration: Registration) => MessageCallback,
): boolean {
  if (typeof memberOf(server, 'addHandler') !== 'function') return false;
  const addHandler = server.addHandler.bind(server);
  server.addHandler = (pattern, callback, isEvent = false, ...rest) =>
    addHandler(pattern, wrap({ pattern, callback, isEvent, extras: rest[0] }), isEvent, ...rest);
  return true;
}

/** Calls back before the server begins to listen. */
export function onListen(server: MicroserviceServer, callback: () => void): void {
  const listen = server.listen?.bind(server);
  if (!listen) return;
  server.listen = (...args) => {
    callback();
    return listen(...args);
  };
}

/**
 * Calls back for each channel to RabbitMQ before Nest sets it up, also after a reconnect.
 *
 * @returns false for other servers, and if Nest sets channels up in another way.
 */
export function onChannel(server: object, callback: (channel: object) => void): boolean {
  if (!('setupChannel' in server) || typeof server.setupChannel !== 'function') return false;
  const setupChannel = server.setupChannel.bind(server) as (channel: object, ...rest: unknown[]) => unknown;
  Object.assign(server, {
    setupChannel: (channel: object, ...rest: unknown[]) => {
      callback(channel);
      return setupChannel(channel, ...rest);
    },
  });
  return true;
}

/** Nest's `RmqContext`. */
export interface RabbitmqContext {
  getMessage(): AmqpMessage;
  getChannelRef(): object;
}

/** @param args of a handler: data and context. */
export function rabbitmqContextOf(args: readonly unknown[]): RabbitmqContext | undefined {
  return args.find(
    (value): value is RabbitmqContext =>
      typeof value === 'object' && value !== null && 'getMessage' in value && 'getChannelRef' in value,
  );
}

/** A delivery. Nest's context of a message has it, and its channel. */
export type AmqpMessage = object;

export type OnMessage = (message: AmqpMessage | null) => unknown;

export interface ConsumeOptions {
  readonly noAck?: boolean;
}

/** The used members of a channel of amqplib. */
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
 * Replaces the methods with which the queue of a channel is consumed, since Nest has no way to stop and start again.
 *
 * @returns the original methods.
 */
export function takeOverChannel(
  channel: AmqpChannel,
  hooks: Pick<AmqpChannel, 'consume' | 'prefetch'>,
): Pick<AmqpChannel, 'consume' | 'prefetch'> {
  const own = { consume: channel.consume.bind(channel), prefetch: channel.prefetch.bind(channel) };
  Object.assign(channel, { consume: hooks.consume, prefetch: hooks.prefetch });
  return own;
}
