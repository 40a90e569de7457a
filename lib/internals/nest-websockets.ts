import { type CanActivate, type ExecutionContext, type Type, UseGuards } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { memberOf } from '../validation/values.js';

type Method = (...args: unknown[]) => unknown;

/** What is done beside what an adapter of WebSockets does. */
export interface AdapterHooks {
  /** A server, or a namespace of one, that the adapter has made or found. */
  created(server: unknown, port: number, options: unknown): void;
  /** What is called for each connection to a server, in place of `callback`. */
  connecting(server: unknown, callback: Method): Method;
  /** What is called for each message of a connection, in place of `callback`. */
  handling(client: unknown, callback: Method): Method;
}

/**
 * Nest asks for the adapter each time that it needs it, and sets its own if the application has set none. It gets a proxy.
 * There is no public hook between an adapter and Nest.
 *
 * @returns false if Nest does not ask in this way: it then hears of no connection.
 */
export function hookAdapter(config: ApplicationConfig, hooks: AdapterHooks): boolean {
  type Adapter = ReturnType<ApplicationConfig['getIoAdapter']>;
  if (typeof memberOf(config, 'getIoAdapter') !== 'function') return false;
  const proxies = new WeakMap<Adapter, Adapter>();
  const getIoAdapter = config.getIoAdapter.bind(config);
  config.getIoAdapter = () => {
    const adapter = getIoAdapter() as Adapter | undefined;
    // Not there yet, and Nest looks at that.
    if (!adapter) return adapter as unknown as Adapter;
    let proxy = proxies.get(adapter);
    if (!proxy) proxies.set(adapter, (proxy = proxyOf(adapter, hooks)));
    return proxy;
  };
  return true;
}

interface MessageHandler {
  readonly callback: Method;
}

/**
 * The adapter as Nest sees it. The application's own stays as it is: the application may hold it, it may have private members, and
 * it may serve another application too.
 */
function proxyOf<T extends object>(adapter: T, hooks: AdapterHooks): T {
  return new Proxy(adapter, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || name === 'constructor') return member;
      const method = (member as Method).bind(target);
      if (name === 'create') {
        return (port: number, options?: unknown): unknown => {
          const server = method(port, options);
          hooks.created(server, port, options);
          return server;
        };
      }
      if (name === 'bindClientConnect') {
        return (server: unknown, callback: Method): unknown =>
          method(server, hooks.connecting(server, callback));
      }
      if (name === 'bindMessageHandlers') {
        return (client: unknown, handlers: readonly MessageHandler[], ...rest: unknown[]): unknown => {
          const counted = handlers.map((handler) => ({
            ...handler,
            callback: hooks.handling(client, handler.callback),
          }));
          return method(client, counted, ...rest);
        };
      }
      return method;
    },
    set(target, name, value) {
      return Reflect.set(target, name, value, target);
    },
  });
}

/** The guard of the application that a connection belongs to. */
const guards = new WeakMap<object, CanActivate>();

/**
 * NestJS 11 runs no global guards for gateways, so this one stands in their classes. A class may serve several applications
 * of one process; a connection belongs to one, and if that has no maintenance mode this guard says nothing.
 */
const gatewayGuard: CanActivate = {
  canActivate: (context: ExecutionContext) =>
    guards.get(context.getArgByIndex<object>(0))?.canActivate(context) ?? true,
};

/**
 * Before Nest reads it: makes the class ask the guard of its connection's application. `@UseGuards()` would have it asked
 * after the class's own guards, so the list is written, if it is found by what `@UseGuards()` writes.
 */
export function addGatewayGuard(type: Type): void {
  const known = guardsKey === undefined ? [] : guardsOf(type, guardsKey);
  if (known.includes(gatewayGuard)) return;
  if (guardsKey === undefined) UseGuards(gatewayGuard)(type);
  else Reflect.defineMetadata(guardsKey, [gatewayGuard, ...known], type);
}

@UseGuards(gatewayGuard)
class Guarded {}

const guardsKey = (Reflect.getMetadataKeys(Guarded) as unknown[]).find((key) =>
  guardsOf(Guarded, key).includes(gatewayGuard),
);

function guardsOf(type: Type, key: unknown): readonly unknown[] {
  const list: unknown = Reflect.getMetadata(key, type);
  return Array.isArray(list) ? list : [];
}

/** The guard that {@link addGatewayGuard} asks for the messages of a connection. */
export function guardConnection(client: object, guard: CanActivate): void {
  guards.set(client, guard);
}
