import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { memberOf } from '../validation/member.js';

/** A handshake that a server is about to answer. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Lets the server answer it. */
  readonly pass: () => void;
}

/** The server of the package `ws`, known by what it does. */
export interface WsServer {
  handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, callback: unknown) => void;
}

export function isWsServer(server: object): server is WsServer {
  return typeof memberOf(server, 'handleUpgrade') === 'function';
}

/**
 * Decides about handshakes when the server itself begins with them, on any path and port. `verifyClient`, which is public,
 * can be set only when the server is made.
 */
export function onWsHandshake(server: WsServer, decide: (handshake: Handshake) => void): void {
  const { handleUpgrade } = server;
  server.handleUpgrade = (request, socket, head, callback) => {
    const pass = (): void => Reflect.apply(handleUpgrade, server, [request, socket, head, callback]);
    decide({ request, socket, pass });
  };
}

/** As `WsAdapter` of Nest finds the server of a path, which it writes to the server after it has made it. */
export function isForWsServer(server: WsServer, url: string): boolean {
  return (
    URL.canParse(url, 'ws://any.invalid') &&
    new URL(url, 'ws://any.invalid').pathname === memberOf(server, 'path')
  );
}

/** A connection of the package `ws`, known by what it does. */
export interface WsConnection {
  send(data: string): void;
  close(code: number, reason: string): void;
  once(event: 'close', listener: () => void): void;
  on(event: 'exception', listener: (error: unknown) => void): void;
}

/** One of socket.io has `emit` too; the one of `ws` keeps it to itself. */
export function isWsConnection(client: object): client is WsConnection {
  const can = ['send', 'close', 'on', 'once'].every((name) => typeof memberOf(client, name) === 'function');
  return can && typeof memberOf(client, 'readyState') === 'number';
}

/** Whether it is closing or closed: 2 and 3 of the HTML Living Standard, WebSocket. */
export function isWsClosed(client: unknown): boolean {
  const state = memberOf(client, 'readyState');
  return typeof state === 'number' && state >= 2;
}
