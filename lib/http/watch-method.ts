import type { IncomingMessage } from 'node:http';

/**
 * Watches over middleware that gives the request another method. One that it may not have has no effect: what follows sees
 * the method that it had before. Nothing is thrown, since middleware may do it where nobody would catch it.
 *
 * @param mayChange asked while the request has the new method.
 * @param refused called the first time that it may not.
 */
export function watchMethod(request: IncomingMessage, mayChange: () => boolean, refused: () => void): void {
  let { method } = request;
  let isRefused = false;
  Object.defineProperty(request, 'method', {
    configurable: true,
    enumerable: true,
    get: () => method,
    set(changed: string | undefined) {
      if (changed === method || isRefused) return;
      const before = method;
      method = changed;
      if (mayChange()) return;
      method = before;
      isRefused = true;
      refused();
    },
  });
}
