import type { MaintenanceProblem } from '../../response/problem.js';
import { memberOf } from '../../validation/member.js';
import { UpgradedSocket } from './upgraded-socket.js';
import { isWebSocketError, type WebSocketError, webSocketError } from './web-socket-error.js';

/** "Try Again Later", of the IANA registry of WebSocket close codes (RFC 6455 section 11.7). */
const TRY_AGAIN_LATER = 1013;
/** RFC 6455 section 5.5: a control frame has 125 bytes, of which the code takes two. */
const MAX_REASON_BYTES = 123;

/** A connection of the package `ws`, known by what it does. */
interface WsConnection {
  send(data: string): void;
  close(code: number, reason: string): void;
  once(event: 'close', listener: () => void): void;
  on(event: 'exception', listener: (error: unknown) => void): void;
}

/** A connection to a namespace of socket.io. */
interface SocketIoConnection {
  readonly conn: { close(): void };
  emit(event: string, data: unknown): void;
  disconnect(): void;
  once(event: 'disconnect', listener: () => void): void;
}

/** Both have `emit`, which the one of `ws` keeps to itself. */
function isWs(client: object): client is WsConnection {
  const can = ['send', 'close', 'on', 'once'].every((name) => typeof memberOf(client, name) === 'function');
  return can && typeof memberOf(client, 'readyState') === 'number';
}

function isSocketIo(client: object): client is SocketIoConnection {
  return typeof memberOf(client, 'disconnect') === 'function' && memberOf(client, 'conn') !== undefined;
}

export function onceClosed(client: object, listener: () => void): void {
  if (client instanceof UpgradedSocket) client.onceClosed(listener);
  else if (isWs(client)) client.once('close', listener);
  else if (isSocketIo(client)) client.once('disconnect', listener);
}

export function isGone(client: unknown): boolean {
  // Of ws: 2 and 3 are closing and closed (HTML Living Standard, WebSocket).
  const state = memberOf(client, 'readyState');
  return (typeof state === 'number' && state >= 2) || memberOf(client, 'connected') === false;
}

/**
 * NestJS 11 tells errors to a connection of `ws` as if it were socket.io: by `emit`, which nobody hears but this process. So
 * ours is heard here and sent.
 */
export function forwardErrors(client: object): void {
  if (!isWs(client)) return;
  client.on('exception', (error) => {
    if (isWebSocketError(error)) send(client, error);
  });
}

/** Says why, as an error of Nest's own would be said; not in somebody else's protocol. */
export function tellConnection(client: object, problem: MaintenanceProblem): void {
  const data = webSocketError(problem);
  if (isWs(client)) send(client, data);
  else if (isSocketIo(client)) client.emit('exception', data);
}

/**
 * @param isWhole whether all that shares the transport is blocked. Then socket.io loses the transport, and its clients try
 * again by themselves until maintenance is over; a client that is sent away from a namespace does not come back by itself.
 */
export function closeConnection(client: object, problem: MaintenanceProblem, isWhole: boolean): void {
  if (client instanceof UpgradedSocket || isWs(client)) {
    client.close(TRY_AGAIN_LATER, shortened(problem.detail));
  } else if (isSocketIo(client)) {
    if (isWhole) client.conn.close();
    else client.disconnect();
  }
}

function send(client: WsConnection, data: WebSocketError): void {
  client.send(JSON.stringify({ event: 'exception', data }));
}

/** As much of a text as a close frame holds, without half a character. */
function shortened(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MAX_REASON_BYTES) return text;
  let end = MAX_REASON_BYTES - Buffer.byteLength('…');
  // Bytes that go on with a character begin with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}
