import type { ModulesContainer } from '@nestjs/core';
import type { AmqpChannel, AmqpMessage } from './amqp.js';

/** What a server calls for a pattern. */
export interface MessageCallback {
  (...args: unknown[]): unknown;
  /** Set by the server: the next handler of the same event, which this one calls. */
  next?: MessageCallback;
}

/** A server of @nestjs/microservices, or a strategy of the application's own, as far as it is used. */
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
 * @returns false if Nest tells nobody of them, before 11.1.4.
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
  /** What the decorator has made for the method. */
  readonly extras: unknown;
}

/** @param wrap what the server registers in place of the callback */
export function onAddHandler(
  server: MicroserviceServer,
  wrap: (registration: Registration) => MessageCallback,
): void {
  const addHandler = server.addHandler.bind(server);
  server.addHandler = (pattern, callback, isEvent = false, ...rest) =>
    addHandler(pattern, wrap({ pattern, callback, isEvent, extras: rest[0] }), isEvent, ...rest);
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
 * Calls back for each channel to RabbitMQ before Nest sets it up: it does so anew after a reconnect.
 *
 * @returns false for other servers, and if Nest sets channels up in another way.
 */
export function onChannel(server: object, callback: (channel: AmqpChannel) => void): boolean {
  if (!('setupChannel' in server) || typeof server.setupChannel !== 'function') return false;
  const setupChannel = server.setupChannel.bind(server) as (
    channel: AmqpChannel,
    ...rest: unknown[]
  ) => unknown;
  Object.assign(server, {
    setupChannel: (channel: AmqpChannel, ...rest: unknown[]) => {
      callback(channel);
      return setupChannel(channel, ...rest);
    },
  });
  return true;
}

/** Nest's `RmqContext`. */
export interface RabbitmqContext {
  getMessage(): AmqpMessage;
  getChannelRef(): AmqpChannel;
}

/** @param args of a handler: the data, and the context. */
export function rabbitmqContextOf(args: readonly unknown[]): RabbitmqContext | undefined {
  return args.find(
    (value): value is RabbitmqContext =>
      typeof value === 'object' && value !== null && 'getMessage' in value && 'getChannelRef' in value,
  );
}
