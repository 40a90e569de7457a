import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RouteRule } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/member.js';
import type { Answers } from './answers.js';
import type { Handshakes } from './handshakes.js';
import { refuseUpgrade } from './http-refusal.js';
import { type DoorOwner, whenJudged } from './server-door.js';

type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, callback: unknown) => void;

/** The server of the package `ws`, known by what it does. */
export interface WsServer {
  handleUpgrade: HandleUpgrade;
}

export function isWsServer(server: object): server is WsServer {
  return typeof memberOf(server, 'handleUpgrade') === 'function';
}

/**
 * Refuses handshakes where the server itself begins with them: whoever has chosen this server, by whatever path, on
 * whatever port.
 */
export function guardWsServer(
  server: WsServer,
  rules: readonly RouteRule[],
  handshakes: Handshakes,
  answers: Answers,
  judged: WeakSet<object>,
): void {
  const { handleUpgrade } = server;
  server.handleUpgrade = (request, socket, head, callback) => {
    whenJudged(
      handshakes.judge(rules, request),
      socket,
      () => {
        judged.add(request);
        Reflect.apply(handleUpgrade, server, [request, socket, head, callback]);
      },
      (status) => refuseUpgrade(socket, answers.of(status)),
    );
  };
}

/** As `WsAdapter` finds the server of a path, which it writes to the server after it has made it. */
export function wsServerOwner(server: WsServer, rules: readonly RouteRule[]): DoorOwner {
  return {
    rules,
    cors: null,
    servesFile: () => false,
    takesUpgrade: (url) =>
      URL.canParse(url, 'ws://any.invalid') &&
      new URL(url, 'ws://any.invalid').pathname === memberOf(server, 'path'),
  };
}
