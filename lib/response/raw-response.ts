import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './problem.js';

/** Loggers recognize maintenance responses by this header. */
const SIGN = 'Maintenance-Mode';

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
  const headers =
    vary === undefined ? allHeaders : { ...allHeaders, Vary: addVary(vary, allHeaders['Vary'] ?? '') };
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

/** `Vary` with one more field. */
export function addVary(current: number | string | readonly string[] | undefined, field: string): string {
  const fields = [current ?? []].flat().join(', ');
  if (fields === '') return field;
  const names = fields.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes(field.toLowerCase()) ? fields : `${fields}, ${field}`;
}
