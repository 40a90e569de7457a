import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './problem.js';

/** Loggers recognize maintenance responses by this header. */
const SIGN = 'Maintenance-Mode';

/**
 * Marks the response to a request that a rule lets through during maintenance: no shared cache must hand it to others. The
 * application may set its own `Cache-Control`, which then stays.
 */
export function markBypassed(response: ServerResponse): void {
  if (response.headersSent || response.getHeader(SIGN) === 'bypassed') return;
  response.setHeader(SIGN, 'bypassed');
  const { writeHead } = response as { writeHead: (...args: unknown[]) => ServerResponse };
  // Only when the head is written: what serves files sets its header if there is none. Node calls it for every response.
  response.writeHead = (...args: unknown[]) => {
    keepPrivate(response);
    return writeHead.apply(response, setLists(response, args));
  };
}

/** The same for a response whose head is about to be written. */
export function markBypassedNow(response: ServerResponse): void {
  response.setHeader(SIGN, 'bypassed');
  keepPrivate(response);
}

/** The headers that `writeHead` gets override it. */
function keepPrivate(response: ServerResponse): void {
  if (!response.headersSent && !response.hasHeader('Cache-Control'))
    response.setHeader('Cache-Control', 'private');
}

/**
 * Sets the headers that `writeHead` gets as a list, and returns its other arguments: once a header is set, Node takes no list of
 * pairs, and of several headers of one name only the last.
 */
function setLists(response: ServerResponse, args: readonly unknown[]): unknown[] {
  for (const list of args.filter(Array.isArray)) {
    // Of pairs, or flat; a value may be a list itself.
    const fields = (list.every(Array.isArray) ? list.flat() : list) as string[];
    const names = fields.filter((_, index) => index % 2 === 0);
    if (response.headersSent || names.length * 2 !== fields.length) return [...args];
    for (const name of names) response.removeHeader(name);
    for (const [index, name] of names.entries()) response.appendHeader(name, fields[index * 2 + 1] ?? '');
  }
  return args.filter((arg) => !Array.isArray(arg));
}

/**
 * Writes to Node's own response, past the framework. A HEAD request gets the headers alone. If another listener of the
 * server has already answered, nothing is written.
 *
 * @throws what Node throws for a header, after a plain 503 has been sent.
 */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent) return;
  try {
    write(response, answer);
  } catch (error) {
    writePlain(response);
    throw error;
  }
}

/** A plain 503. If that fails too, the connection is closed. */
export function writePlain(response: ServerResponse): void {
  try {
    if (response.writableEnded) return;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.writeHead(503, { 'Content-Length': '0', [SIGN]: 'active' });
    response.end();
  } catch {
    response.destroy();
  }
}

function write(response: ServerResponse, { statusCode, allHeaders, body }: Answer): void {
  const vary = response.getHeader('Vary');
  const exposed = exposedHeaders((name) => response.getHeader(name));
  const headers =
    vary === undefined && exposed === undefined
      ? allHeaders
      : { ...allHeaders, Vary: addVary(vary, allHeaders['Vary'] ?? ''), ...exposed };
  response.writeHead(statusCode, headers);
  if (response.getHeader(SIGN) === undefined) keepReadable(response, headers);
  // A 100 or 102 of middleware still waits for earlier responses of the connection: Node would write our head before it.
  if (response.writableLength > 0) response.flushHeaders();
  response.end(body);
}

/**
 * Lets loggers and tracers read the headers of a response. Node forgets those that are only passed to `writeHead`; if they were set
 * one by one, a blocked request would take a fifth longer.
 */
function keepReadable(response: ServerResponse, headers: Answer['allHeaders']): void {
  const all = (): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  response.getHeaders = all;
  response.getHeaderNames = () => Object.keys(all());
  response.getHeader = (name) => all()[name.toLowerCase()];
  response.hasHeader = (name) => Object.hasOwn(all(), name.toLowerCase());
}

/** For how long, and how many bytes, a client may go on sending a body that is not read, so that it receives the response. */
const LINGER_MS = 1000;
const LINGER_BYTES = 256 * 1024;

/** Connections that are about to be closed: later requests on them are ignored. */
const closing = new WeakSet<Socket>();

/** Whether the connection is open only until its client has received the last response (RFC 9112 section 9.6). */
export function isClosing({ socket }: IncomingMessage): boolean {
  return closing.has(socket);
}

/**
 * Calls back when the part of the body that came together with the head has been parsed. If that is all, it is discarded, and
 * the connection is kept. `setImmediate`, since `nextTick` runs between a head and its body.
 */
export function whenParsed(request: IncomingMessage, done: () => void): void {
  if (hasBody(request)) setImmediate(done);
  else done();
}

/** Closes the connection after the response if the body has not arrived yet, so that it does not keep the connection busy. */
export function closeIfUnread(request: IncomingMessage, response: ServerResponse): void {
  if (hasBody(request) && !request.complete && !response.headersSent) stopReading(request, response);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
}

function stopReading(request: IncomingMessage, response: ServerResponse): void {
  if ('stream' in response) {
    // RFC 9113 section 8.1: a stream may be ended before the request is complete.
    response.once('finish', () => (request as { stream?: { close(): void } }).stream?.close());
    return;
  }
  response.setHeader('Connection', 'close');
  const { socket } = request;
  // Node calls this when the response is written. Destroying a socket with unread bytes resets it, and the response is lost.
  socket.destroySoon = () => {
    closing.add(socket);
    socket.end();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES) socket.destroy();
    });
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  };
}

type HeaderValue = number | string | readonly string[] | undefined;

/** `Vary` with one more field, or several with commas. */
export function addVary(current: HeaderValue, field: string): string {
  if (current === undefined || current === field) return field;
  const fields = fieldsOf(current);
  return fields.includes('*') ? '*' : fieldsOf(field).reduce(withField, fields).join(', ');
}

/**
 * The CORS header that lets scripts of other origins read the headers of a maintenance response, added to those that the
 * application exposes. Undefined if no such script may read the response.
 */
export function exposedHeaders(getHeader: (name: string) => HeaderValue): Record<string, string> | undefined {
  if (getHeader('Access-Control-Allow-Origin') === undefined) return undefined;
  const fields = fieldsOf(getHeader('Access-Control-Expose-Headers'));
  return { 'Access-Control-Expose-Headers': [SIGN, 'Retry-After'].reduce(withField, fields).join(', ') };
}

function fieldsOf(value: HeaderValue): readonly string[] {
  return [value ?? []]
    .flat()
    .flatMap((line) => String(line).split(','))
    .map((field) => field.trim())
    .filter(Boolean);
}

function withField(fields: readonly string[], field: string): readonly string[] {
  const isThere = fields.some((known) => known.toLowerCase() === field.toLowerCase());
  return isThere ? fields : [...fields, field];
}

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

  /** Whether the handler could answer, now or before it has called `next()`. */
  get wasOpened(): boolean {
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
function finish(response: ServerResponse, originals: Methods, send: () => void): void {
  Object.assign(response, originals);
  try {
    send();
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
