import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './problem.js';

/** Loggers recognise maintenance responses by this header. */
const SIGN = 'Maintenance-Mode';

/**
 * Writes to Node's own response, past the framework. A HEAD request gets the headers alone. If another listener of the
 * server has already answered, nothing is written.
 *
 * @param mayBeRead whether other code may read the headers of the response; keeping them takes a tenth of the time.
 * @throws what Node throws for a header, after a plain 503 has been sent.
 */
export function writeAnswer(response: ServerResponse, answer: Answer, mayBeRead = true): void {
  if (response.headersSent) return;
  try {
    write(response, answer, mayBeRead);
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

function write(response: ServerResponse, { statusCode, allHeaders, body }: Answer, mayBeRead: boolean): void {
  const vary = response.getHeader('Vary');
  const headers =
    vary === undefined ? allHeaders : { ...allHeaders, Vary: addVary(vary, allHeaders['Vary'] ?? '') };
  // `writeHead` keeps its headers for `getHeader` only if a header was set before.
  if (mayBeRead) response.setHeader(SIGN, headers[SIGN] ?? '');
  response.writeHead(statusCode, headers);
  // A 100 or 102 of middleware still waits for earlier responses of the connection: Node would write our head before it.
  if (response.writableLength > 0) response.flushHeaders();
  response.end(body);
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

/** `Vary` with more fields. */
export function addVary(current: number | string | readonly string[] | undefined, added: string): string {
  const fields = [current ?? []].flat().join(', ');
  const names = fields.split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('*')) return fields;
  const missing = added.split(', ').filter((field) => !names.includes(field.toLowerCase()));
  return [fields, ...missing].filter(Boolean).join(', ');
}
