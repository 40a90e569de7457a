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

interface MessageHandler {
  readonly callback: Method;
}

/**
 * The adapter as Nest sees it. The application's own stays as it is: somebody may hold it, it may have private members, and
 * it may serve another application too.
 */
export function proxyOf<T extends object>(adapter: T, hooks: AdapterHooks): T {
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
