import type { ServerResponse } from 'node:http';

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
      // HTTP/1 and HTTP/2 do not have the same ones.
      if (typeof method === 'function') this.#originals[name] = method;
    }
  }

  call(name: Name, args: readonly unknown[] = []): unknown {
    return this.#originals[name]?.apply(this.response, [...args]);
  }

  /** Writes past all wrappers; what these, or others that are late, do with the response afterwards has no effect. */
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

/** Calls back as Node does, so that nobody waits for ever. */
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

/** A stream that was piped into the response has no reader any more: a file would stay open, and `pipeline` wait. */
function releaseSources(response: ServerResponse): void {
  response.on('unpipe', (source: Source) => {
    if (source.listenerCount('data') === 0) source.destroy?.();
  });
  response.on('pipe', (source: Source) => {
    if (response.writableFinished) source.unpipe?.(response);
  });
}
