import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isOfHttp2 } from './open-responses.js';

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
  if (isOfHttp2(response)) {
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
