import type { ServerResponse } from 'node:http';
import type { Answer } from '../../response/answer.js';
import { writeAnswer } from './write-answer.js';

/**
 * A response that only the handler may give for which the gate has let the request through. Whoever stands on the way may
 * send errors and redirects (authentication, a malformed body), but nothing that serves something, and not "not found".
 */
export class SealedResponse {
  #state: 'sealed' | 'open' | 'replaced' = 'sealed';

  /** @param answer what is sent in the place of what must not be; null where it may be by now. */
  constructor(
    private readonly response: ServerResponse,
    private readonly answer: () => Answer | null,
  ) {
    const { writeHead, write, end, flushHeaders } = response as {
      [name in 'writeHead' | 'write' | 'end' | 'flushHeaders']: (...args: unknown[]) => unknown;
    };
    Object.assign(response, {
      writeHead: (...args: unknown[]) =>
        this.#lets(Number(args[0])) ? writeHead.apply(response, args) : response,
      write: (...args: unknown[]) =>
        this.#letsThrough() ? write.apply(response, args) : swallow(args, true),
      end: (...args: unknown[]) =>
        this.#letsThrough() ? end.apply(response, args) : swallow(args, response),
      flushHeaders: () => (this.#letsThrough() ? flushHeaders.apply(response, []) : undefined),
    });
  }

  /** The handler may answer. */
  open(): void {
    if (this.#state === 'sealed') this.#state = 'open';
  }

  #letsThrough(): boolean {
    return this.#lets(this.response.statusCode);
  }

  #lets(statusCode: number): boolean {
    if (this.#state !== 'sealed') return this.#state === 'open';
    this.#state = 'open';
    const answer = serves(statusCode) ? this.answer() : null;
    if (answer === null) return true;
    for (const name of this.response.getHeaderNames()) {
      if (name !== 'vary' && !name.startsWith('access-control-')) this.response.removeHeader(name);
    }
    writeAnswer(this.response, answer);
    this.#state = 'replaced';
    return false;
  }
}

/** Whether somebody would get something with it, or would learn that there is nothing. */
function serves(statusCode: number): boolean {
  return statusCode < 300 || [304, 404, 405].includes(statusCode);
}

function swallow<T>(args: readonly unknown[], result: T): T {
  const callback = args.at(-1);
  if (typeof callback === 'function') process.nextTick(callback);
  return result;
}
