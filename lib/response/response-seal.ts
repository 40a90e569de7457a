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
  readonly #methods: ResponseMethods;

  /**
   * @param answer returns the response that replaces another one; null if the request may pass by now.
   * @param failed called with an error of writing it.
   * @param methods of the response, as they were before middleware wrapped them.
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly answer: () => Answer | null,
    private readonly failed: (error: unknown) => void,
    methods = new ResponseMethods(response),
  ) {
    this.#methods = methods;
    const sealed: Methods = {
      writeHead: (...args) => (this.#lets(Number(args[0])) ? methods.call('writeHead', args) : response),
      write: (...args) => (this.#lets() ? methods.call('write', args) : swallow(args, true)),
      end: (...args) => (this.#lets() ? methods.call('end', args) : swallow(args, response)),
      flushHeaders: () => (this.#lets() ? methods.call('flushHeaders') : undefined),
      // Early hints name files.
      writeEarlyHints: (...args) =>
        this.#state === 'open' ? methods.call('writeEarlyHints', args) : swallow(args, undefined),
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
      this.#methods.finish(() => {
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

type Name = (typeof WRITING | typeof INFORMING | typeof SETTING | typeof READING)[number];
export type Methods = Partial<Record<Name, (...args: unknown[]) => unknown>>;

/** The methods of a response as they are before middleware wraps them. */
export class ResponseMethods {
  readonly #originals: Methods = {};

  constructor(private readonly response: ServerResponse) {
    for (const name of [...WRITING, ...INFORMING, ...SETTING, ...READING]) {
      const method = (response as Methods)[name];
      // HTTP/1 and HTTP/2 responses have different methods.
      if (typeof method === 'function') this.#originals[name] = method;
    }
  }

  call(name: Name, args: readonly unknown[] = []): unknown {
    return this.#originals[name]?.apply(this.response, [...args]);
  }

  /** Writes with the original methods. Later calls on the response, by wrappers or by anything else, have no effect. */
  finish(write: () => void): void {
    const { response } = this;
    Object.assign(response, this.#originals);
    try {
      write();
    } finally {
      this.silence();
    }
    releaseSources(response);
  }

  /** Makes all later writes to the response have no effect. */
  silence(): void {
    const silent: Methods = {};
    for (const name of [...WRITING, ...INFORMING, ...SETTING]) {
      if (this.#originals[name]) {
        silent[name] = (...args) => swallow(args, name === 'write' ? true : this.response);
      }
    }
    Object.assign(this.response, silent);
  }
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
