import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { writeAnswer } from '../../response/raw-response.js';
import type { Answer } from '../../response/answer.js';

/** Answers a request for a WebSocket, of which Node has left nothing but the socket. */
export function refuseUpgrade(socket: Duplex, { statusCode, allHeaders, body }: Answer): void {
  if (!socket.writable) return void socket.destroy();
  const fields = { ...allHeaders, Connection: 'close', Date: new Date().toUTCString() };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('')}\r\n`;
  socket.on('error', () => undefined);
  // A client that keeps its side open must not keep the connection.
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** Answers an HTTP request that the adapter does not see, with the headers that others have set (CORS). */
export function refuseRequest(response: ServerResponse, answer: Answer): void {
  if (!response.destroyed) writeAnswer(response, answer);
}

/** The response that engine.io leaves beside its request; null for an upgrade. */
export function responseOf(request: IncomingMessage): ServerResponse | null {
  const response: unknown = Reflect.get(request, 'res');
  return response instanceof ServerResponse ? response : null;
}
