import { type CanActivate, type ExecutionContext, type Type, UseGuards } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { memberOf } from '../validation/values.js';

type Method = (...args: unknown[]) => unknown;

/** Called by the proxy of a WebSocket adapter. */
export interface AdapterHooks {
  /** A server, or a namespace of one, that the adapter has created or found. */
  created(server: unknown, port: number, options: unknown): void;
  /** Returns the function to call for each connection to a server, instead of `callback`. */
  connecting(server: unknown, callback: Method): Method;
  /** Returns the function to call for each message of a connection, instead of `callback`. */
  handling(client: unknown, callback: Method): Method;
}

/**
 * Gives Nest a proxy of the adapter, since there is no public hook between the two. Nest calls `getIoAdapter` each time that it
 * needs the adapter, and sets one if the application has not.
 *
 * @returns false if there is no `getIoAdapter`: the hooks are then never called.
 */
export function hookAdapter(config: ApplicationConfig, hooks: AdapterHooks): boolean {
  type Adapter = ReturnType<ApplicationConfig['getIoAdapter']>;
  if (typeof memberOf(config, 'getIoAdapter') !== 'function') return false;
  const proxies = new WeakMap<Adapter, Adapter>();
  const getIoAdapter = config.getIoAdapter.bind(config);
  config.getIoAdapter = () => {
    const adapter = getIoAdapter() as Adapter | undefined;
    // Not set yet: Nest checks this.
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
 * The adapter as Nest sees it. The original stays unchanged: it may have private members, and another application may use it
 * too.
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

/** The guard of the application to which a connection belongs. */
const guards = new WeakMap<object, CanActivate>();

/**
 * NestJS 11 runs no global guards for gateways, so this one is added to their classes. A class may serve several applications
 * of one process. A connection belongs to one of them; if that has no maintenance mode, this guard lets everything through.
 */
const gatewayGuard: CanActivate = {
  canActivate: (context: ExecutionContext) =>
    guards.get(context.getArgByIndex<object>(0))?.canActivate(context) ?? true,
};

/**
 * Adds the guard to a class, before Nest reads the list of its guards. `@UseGuards()` would add it after the class's own
 * guards, so the list is written directly, if the metadata key is found.
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

/** Sets the guard that decides about the messages of a connection. */
export function guardConnection(client: object, guard: CanActivate): void {
  guards.set(client, guard);
}
