import type { ServerResponse } from 'node:http';
import type { Answer } from './problem.js';
import { writeAnswer } from './raw-response.js';

/** The headers set so far that the maintenance response keeps. */
const KEPT = /^(?:vary|connection|date|access-control-.*)$/;

/**
 * Reserves a response for the handler for which the gate has let the request through. Until `open`, middleware and guards may
 * send errors and redirects (authentication, a malformed body). A response that serves content or says "not found" is
 * replaced by the maintenance response.
 */
export class ResponseSeal {
  #state: 'sealed' | 'open' | 'replaced' = 'sealed';
  #wasOpened = false;

  /**
   * @param answer returns the response that replaces another one; null if the request may pass by now.
   * @param failed called with an error of writing it.
   * @param methods of the response, as they were before middleware wrapped them.
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly answer: () => Answer | null,
    private readonly failed: (error: unknown) => void,
    private readonly methods = methodsOf(response),
  ) {
    const sealed: Methods = {
      writeHead: (...args) =>
        this.#lets(Number(args[0])) ? methods.writeHead?.apply(response, args) : response,
      write: (...args) => (this.#lets() ? methods.write?.apply(response, args) : swallow(args, true)),
      end: (...args) => (this.#lets() ? methods.end?.apply(response, args) : swallow(args, response)),
      flushHeaders: () => (this.#lets() ? methods.flushHeaders?.apply(response, []) : undefined),
      // Early hints name files.
      writeEarlyHints: (...args) =>
        this.#state === 'open' ? methods.writeEarlyHints?.apply(response, args) : swallow(args, undefined),
    };
    Object.assign(response, sealed);
  }

  /** Whether the handler may answer. */
  get isOpen(): boolean {
    return this.#wasOpened;
  }

  /** Lets the handler answer. */
  open(): void {
    if (this.#state !== 'sealed') return;
    this.#state = 'open';
    this.#wasOpened = true;
  }

  /** The handler has called `next()`: what follows may answer 404, but must not serve content. */
  sealAgain(): void {
    if (this.#state === 'open' && !this.response.headersSent) this.#state = 'sealed';
  }

  /** Sends the maintenance response, bypassing all wrappers of the response. */
  replace(answer: Answer): void {
    if (this.response.headersSent) return;
    this.#state = 'replaced';
    try {
      finish(this.response, this.methods, () => {
        for (const name of this.response.getHeaderNames()) {
          if (!KEPT.test(name)) this.response.removeHeader(name);
        }
        // The reason phrase of HTTP/1.
        if (Object.hasOwn(this.response, 'statusMessage')) this.response.statusMessage = '';
        writeAnswer(this.response, answer);
      });
    } catch (error) {
      this.failed(error);
    }
  }

  #lets(statusCode = this.response.statusCode): boolean {
    if (this.#state !== 'sealed') return this.#state === 'open';
    this.#state = 'open';
    const answer = serves(statusCode, this.#wasOpened) ? this.answer() : null;
    if (answer === null) return true;
    this.replace(answer);
    return false;
  }
}

/** Whether a response with this status serves content, or says that there is none. */
function serves(statusCode: number, mayBeMissing: boolean): boolean {
  return (
    statusCode < 300 ||
    [304, 410, 412, 416].includes(statusCode) ||
    (!mayBeMissing && [404, 405].includes(statusCode))
  );
}

const WRITING = ['writeHead', 'write', 'end', 'flushHeaders', 'addTrailers'] as const;
const INFORMING = ['writeContinue', 'writeProcessing', 'writeEarlyHints'] as const;
const SETTING = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const;
const READING = ['getHeader', 'getHeaderNames'] as const;
const NAMES = [...WRITING, ...INFORMING, ...SETTING, ...READING];

export type Methods = Partial<Record<(typeof NAMES)[number], (...args: unknown[]) => unknown>>;

/** The methods of a response. HTTP/1 and HTTP/2 responses have different ones. */
export function methodsOf(response: ServerResponse): Methods {
  const methods: Methods = {};
  for (const name of NAMES) {
    const method = (response as Methods)[name];
    if (typeof method === 'function') methods[name] = method;
  }
  return methods;
}

/**
 * Writes with the original methods. Later calls on the response, by wrappers or by anything else, have no effect.
 *
 * @param originals the methods as they were before middleware wrapped them.
 */
function finish(response: ServerResponse, originals: Methods, write: () => void): void {
  Object.assign(response, originals);
  try {
    write();
  } finally {
    silence(response, originals);
  }
  releaseSources(response);
}

/** Makes all later writes to the response have no effect. */
export function silence(response: ServerResponse, methods = methodsOf(response)): void {
  const silent: Methods = {};
  for (const name of [...WRITING, ...INFORMING, ...SETTING]) {
    if (methods[name]) silent[name] = (...args) => swallow(args, name === 'write' ? true : response);
  }
  Object.assign(response, silent);
}

/** Calls the callback among the arguments, as Node does, so that its caller does not wait for ever. */
export function swallow<T>(args: readonly unknown[], result: T): T {
  const callback = args.at(-1);
  if (typeof callback === 'function') process.nextTick(callback);
  return result;
}

interface Source {
  readonly unpipe?: (target: unknown) => unknown;
  readonly destroy?: () => unknown;
  listenerCount(event: string): number;
}

/** Ends streams that are piped into the response: otherwise a file would stay open, and `pipeline` would wait. */
function releaseSources(response: ServerResponse): void {
  response.on('unpipe', (source: Source) => {
    if (source.listenerCount('data') === 0) source.destroy?.();
  });
  response.on('pipe', (source: Source) => {
    if (response.writableFinished) source.unpipe?.(response);
  });
}
