import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './problem.js';

/** By which loggers know an answer of ours. */
const SIGN = 'Maintenance-Mode';

/**
 * Writes to Node's own response, past the framework. A HEAD request gets the headers alone. If another listener of the
 * server has already answered, nothing is written.
 *
 * @param mayBeRead whether others may read the headers of the response; to keep them costs a tenth of an answer.
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

/** A 503 without anything that could fail; if even that fails, the connection is closed. */
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
  // `writeHead` keeps all headers, for `getHeader` to find them, if one is there, and none if there is none.
  if (mayBeRead) response.setHeader(SIGN, headers[SIGN] ?? '');
  response.writeHead(statusCode, headers);
  // Middleware has sent a 100 or 102 that still waits for the answers before it: Node would put our head in front of that.
  if (response.writableLength > 0) response.flushHeaders();
  response.end(body);
}

/** How long, and for how many bytes, a client may go on sending what nobody reads, so that it finds the answer. */
const LINGER_MS = 1000;
const LINGER_BYTES = 256 * 1024;

/** Connections that are about to be closed: what is still to come on them is no request. */
const closing = new WeakSet<Socket>();

/** Whether the connection only stands open for its client to find the last answer (RFC 9112 section 9.6). */
export function isClosing({ socket }: IncomingMessage): boolean {
  return closing.has(socket);
}

/**
 * Calls back when what came of a body in one piece with the head has been parsed: that is thrown away, and the connection
 * is kept. `nextTick` runs between a head and its body.
 */
export function whenParsed(request: IncomingMessage, done: () => void): void {
  if (hasBody(request)) setImmediate(done);
  else done();
}

/** A body that is still to come must not keep the connection busy, which is closed after the answer. */
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
  // Node calls this when the answer is written. To destroy a socket with unread bytes resets it, and the answer is lost.
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

/** `Vary` with one more field in it. */
export function addVary(current: number | string | readonly string[] | undefined, field: string): string {
  const fields = [current ?? []].flat().join(', ');
  if (fields === '') return field;
  const names = fields.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes(field.toLowerCase()) ? fields : `${fields}, ${field}`;
}
