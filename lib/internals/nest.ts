import type { ExecutionContext, HttpServer, NestInterceptor, Type } from '@nestjs/common';
import { type ApplicationConfig, MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { MaintenanceMode } from '../interfaces/maintenance-status.js';
import { memberOf } from '../validation/values.js';

/** Undocumented parts of Nest. `docs/architecture.md` says why no public API is enough. */

/** The metadata of `@RouteConfig()`, which Nest's adapter passes to Fastify as the `config` of the route. */
const FASTIFY_ROUTE_CONFIG = '__fastify_route_config__';
/** The metadata of `@Sse()`. */
const SSE = '__sse__';
/** The metadata of `@Get()` and the like. */
const METHOD = 'method';

/** Attached to a handler of a controller before Nest registers it, so that it can be found in the router. */
export interface RouteTag {
  /** Whether it is an `@MaintenanceOff` handler in at least one of the classes that have it. */
  readonly mayBeOff: boolean;
  /** Whether it is a `@MaintenanceSafe()` handler in at least one of them. */
  readonly mayBeSafe: boolean;
  /** Whether it is a `@MaintenanceSafe(false)` handler in all of them. */
  readonly isUnsafe: boolean;
}

/** The tag of routes whose handler is not known. */
export const UNKNOWN_HANDLER: RouteTag = { mayBeOff: true, mayBeSafe: true, isUnsafe: false };

/** Whether the guard may admit a request to a handler with this tag, whatever the exemptions. */
export function mayBeExempt({ mayBeOff, mayBeSafe }: RouteTag, mode: MaintenanceMode): boolean {
  return mayBeOff || (mode === 'read-only' && mayBeSafe);
}

const TAG = Symbol('nestjs-maintenance-mode:route');

/** The `config` of a route of Fastify. */
export interface RouteConfig {
  readonly [TAG]?: RouteTag;
}

/** Nest copies the metadata of a method to the function that it registers, and this one key to Fastify's `config`. */
export function tagHandler(handler: object, tag: RouteTag): void {
  Reflect.defineMetadata(TAG, tag, handler);
  const config = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG, handler) as object | undefined;
  Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG, { ...config, [TAG]: tag }, handler);
}

/** The tag of a function that Nest has registered. */
export function tagOf(registered: object): RouteTag | undefined {
  return Reflect.getMetadata(TAG, registered) as RouteTag | undefined;
}

export function tagIn(config: RouteConfig | undefined): RouteTag | undefined {
  return config?.[TAG];
}

export function withTag(config: RouteConfig | undefined, tag: RouteTag): RouteConfig {
  return { ...config, [TAG]: tag };
}

/** Whether a method of a controller handles a route. */
export function isRouteHandler(method: object): boolean {
  return Reflect.getMetadata(METHOD, method) !== undefined;
}

export function isEventStream(handler: object): boolean {
  return Boolean(Reflect.getMetadata(SSE, handler));
}

type RequestHook = (request: object, response: object, next: (error?: unknown) => void) => unknown;

/** The hook that another library has set with `setOnRequestHook` of the adapter. */
export function requestHookOf(adapter: HttpServer): RequestHook | undefined {
  const { onRequestHook } = adapter as { onRequestHook?: RequestHook };
  return typeof onRequestHook === 'function' ? onRequestHook.bind(adapter) : undefined;
}

/** Whether Nest reports each triggered route: then (before Nest 12) the functions that it registers have no tags. */
export function reportsRoutes(adapter: HttpServer): boolean {
  const { getOnRouteTriggered } = adapter as { getOnRouteTriggered?: () => unknown };
  return getOnRouteTriggered?.call(adapter) !== undefined;
}

/**
 * Registers interceptors before those of the application: Nest runs them in the order of its list.
 *
 * @returns their place: `last` if the list cannot be changed, `nowhere` if Nest does not take them at all.
 */
export function putFirst(
  config: ApplicationConfig,
  interceptors: readonly NestInterceptor[],
): 'first' | 'last' | 'nowhere' {
  const areFirst = (): boolean => {
    const list = config.getGlobalInterceptors();
    return interceptors.every((interceptor, index) => list[index] === interceptor);
  };
  config.getGlobalInterceptors().unshift(...interceptors);
  if (areFirst()) return 'first';
  config.useGlobalInterceptors(...interceptors);
  const list = config.getGlobalInterceptors();
  return interceptors.every((interceptor) => list.includes(interceptor)) ? 'last' : 'nowhere';
}

/*
 * The metadata of decorators of Nest's optional packages. These keys are undocumented, and the packages are not imported,
 * since an application may not have them. If a key changes, the integration is not loaded: the guard then blocks the calls of
 * that kind with Nest's own error, and exempts none. (NestJS 11 runs no global guards for gateways.)
 */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_NAME = 'graphql:resolver_name';
const RESOLVES_PROPERTY = 'graphql:resolve_property';
const ROOT_TYPES: readonly unknown[] = ['Query', 'Mutation', 'Subscription'];

const IS_GATEWAY = 'websockets:is_gateway';
const IS_MESSAGE_MAPPING = 'websockets:message_mapping';
const GATEWAY_OPTIONS = 'websockets:gateway_options';
const PORT = 'port';

const HANDLER_TYPE = 'microservices:handler_type';
const PATTERN = 'microservices:pattern';
const EXTRAS = 'microservices:pattern_extras';

const PROCESSOR = 'bullmq:processor_metadata';

type Handler = ReturnType<ExecutionContext['getHandler']>;

export type NestModule = NonNullable<ReturnType<ModulesContainer['get']>>;

const scanner = new MetadataScanner();

/** The `GraphQLModule`s of the application. */
export function graphqlModules(modules: ModulesContainer): readonly NestModule[] {
  return [...modules.values()].filter(
    (module) => module.providers.has(GRAPHQL_OPTIONS) && module.metatype.name === 'GraphQLModule',
  );
}

/** The options that the application has passed to a `GraphQLModule`. */
export function graphqlOptions(module: NestModule): unknown {
  return module.providers.get(GRAPHQL_OPTIONS)?.instance;
}

/** The field that a method of a resolver resolves, as `Type.field`; null for any other method. */
export function resolvedField(type: Type, handler: Handler, method: string): string | null {
  const parent: unknown =
    Reflect.getMetadata(RESOLVER_TYPE, handler) ?? Reflect.getMetadata(RESOLVER_TYPE, type);
  const isProperty = Reflect.getMetadata(RESOLVES_PROPERTY, handler) === true;
  if (typeof parent !== 'string' || (!isProperty && !ROOT_TYPES.includes(parent))) return null;
  const name: unknown = Reflect.getMetadata(RESOLVER_NAME, handler) ?? method;
  return `${parent}.${String(name)}`;
}

/** The classes with `@WebSocketGateway()`. */
export function gatewayClasses(modules: ModulesContainer): readonly Type[] {
  const types = new Set<unknown>();
  for (const { providers } of modules.values()) {
    for (const { metatype, isNotMetatype } of providers.values()) if (!isNotMetatype) types.add(metatype);
  }
  return [...types].filter(
    (type): type is Type => typeof type === 'function' && Reflect.getMetadata(IS_GATEWAY, type) === true,
  );
}

/** The arguments of `@WebSocketGateway()`. */
export function gatewaySettings(type: Type): { readonly port: number; readonly options: unknown } {
  return {
    port: Number(Reflect.getMetadata(PORT, type) ?? 0),
    options: Reflect.getMetadata(GATEWAY_OPTIONS, type),
  };
}

/** The methods with `@SubscribeMessage()`. */
export function gatewayHandlers(type: Type): readonly Handler[] {
  return scanner
    .getAllMethodNames(type.prototype as object)
    .map((name) => memberOf(type.prototype, name) as Handler)
    .filter((handler) => Reflect.getMetadata(IS_MESSAGE_MAPPING, handler) === true);
}

/** A method with `@MessagePattern()`, `@EventPattern()` or one of gRPC's decorators, once for each of its patterns. */
export interface PatternHandler {
  readonly type: Type;
  readonly handler: Handler;
  readonly pattern: unknown;
  /** The decorator creates a different object for each method. */
  readonly extras: unknown;
}

/** In the order in which Nest registers them. */
export function patternHandlers(modules: ModulesContainer): PatternHandler[] {
  return [...modules.values()].flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, Handler>;
      return scanner
        .getAllMethodNames(prototype)
        .flatMap((name) => patternsOf(metatype as Type, prototype[name]));
    }),
  );
}

/** Whether the class has `@Processor()` of @nestjs/bullmq. */
export function isProcessor(type: object): boolean {
  return Reflect.hasMetadata(PROCESSOR, type);
}

function patternsOf(type: Type, handler: Handler | undefined): PatternHandler[] {
  if (handler === undefined || Reflect.getMetadata(HANDLER_TYPE, handler) === undefined) return [];
  const patterns = Reflect.getMetadata(PATTERN, handler) as readonly unknown[];
  const extras: unknown = Reflect.getMetadata(EXTRAS, handler);
  return patterns.map((pattern) => ({ type, handler, pattern, extras }));
}

/** The metadata of `@ApiExcludeController()` of @nestjs/swagger, which is not imported: an application may not have it. */
const EXCLUDE_CONTROLLER = 'swagger/apiExcludeController';

/** Keeps a controller out of the OpenAPI document of the application. If the key changes, the document lists its routes. */
export function hideFromOpenApi(controller: object): void {
  Reflect.defineMetadata(EXCLUDE_CONTROLLER, [true], controller);
}

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
