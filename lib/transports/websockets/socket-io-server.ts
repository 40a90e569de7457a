import { Server as HttpServer, type IncomingMessage } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { RouteRule } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/member.js';
import type { Answers } from './answers.js';
import { asRequest, type Handshakes } from './handshakes.js';
import { refuseRequest, refuseUpgrade, responseOf } from './http-refusal.js';
import { type DoorOwner, whenJudged } from './server-door.js';
import { type WebSocketError, webSocketError } from './web-socket-error.js';

type AllowRequest = (
  request: IncomingMessage,
  callback: (error: string | null | undefined, success: boolean) => void,
) => void;

export interface Namespace {
  use(middleware: (socket: object, next: (error?: Error) => void) => void | Promise<void>): unknown;
}

/** The server of the package `socket.io`, known by what it does. */
export interface SocketIoServer extends Namespace {
  of(namespace: unknown): Namespace;
  path(): string;
  on(event: 'new_namespace', listener: (namespace: Namespace) => void): unknown;
}

export function isSocketIoServer(server: object): server is SocketIoServer {
  return ['of', 'path', 'use', 'on'].every((name) => typeof memberOf(server, name) === 'function');
}

export function isNamespace(server: object): server is Namespace {
  return typeof memberOf(server, 'use') === 'function' && isServerOf(server);
}

function isServerOf(namespace: object): boolean {
  const server = memberOf(namespace, 'server');
  return typeof server === 'object' && server !== null && isSocketIoServer(server);
}

/**
 * Refuses handshakes of engine.io, by long polling and by WebSocket alike, with a real HTTP answer. After the CORS headers
 * of socket.io itself are set, so that a page of another origin can read it.
 */
export function guardHandshakes(
  io: SocketIoServer,
  rules: readonly RouteRule[],
  handshakes: Handshakes,
  answers: Answers,
): void {
  const options = memberOf(memberOf(io, 'engine'), 'opts');
  // Not attached to a server yet: the namespaces refuse.
  if (typeof options !== 'object' || options === null) return;
  const original = memberOf(options, 'allowRequest') as AllowRequest | undefined;
  const allowRequest: AllowRequest = (request, callback) => {
    const pass = (): void => {
      if (original) Reflect.apply(original, options, [request, callback]);
      else callback(null, true);
    };
    const verdict = handshakes.judge(rules, asRequest(request));
    whenJudged(verdict, request.socket, pass, (status) => {
      const answer = answers.of(status);
      const response = responseOf(request);
      if (response) refuseRequest(response, answer);
      else refuseUpgrade(request.socket, answer);
    });
  };
  Object.assign(options, { allowRequest });
}

/** Refuses connections to a namespace: an engine.io connection may carry several, of which some are open. */
export function guardNamespace(
  namespace: Namespace,
  rulesOf: () => readonly RouteRule[],
  handshakes: Handshakes,
  answers: Answers,
  judged: WeakSet<object>,
): void {
  namespace.use(async (socket, next) => {
    // A child of a dynamic namespace begins with the middleware of its parent.
    if (judged.has(socket)) return next();
    judged.add(socket);
    const status = await handshakes.judge(rulesOf(), asRequest(memberOf(socket, 'request')));
    return next(status === null ? undefined : refusal(webSocketError(answers.of(status).problem)));
  });
}

/** The client gets it as `connect_error`, with these members. */
function refusal(data: WebSocketError): Error {
  return Object.assign(new Error(data.message), { data });
}

export function socketIoOwner(io: SocketIoServer, rules: readonly RouteRule[]): DoorOwner {
  const path = io.path();
  const cors: unknown = memberOf(io, '_corsMiddleware');
  const withSlash = memberOf(memberOf(io, '_opts'), 'addTrailingSlash') !== false;
  const prefix = withSlash ? `${path}/` : path;
  return {
    rules,
    cors: typeof cors === 'function' ? (cors as DoorOwner['cors']) : null,
    takesUpgrade: (url) => url.startsWith(prefix),
    servesFile: (url) =>
      url.startsWith(`${path}/`) && /^[^/?]+\.js(?:\.map)?(?:\?|$)/.test(url.slice(path.length + 1)),
  };
}

/** The HTTP server that socket.io is attached to. */
export function httpServerOf(io: SocketIoServer): HttpServer | null {
  const server = memberOf(io, 'httpServer');
  return server instanceof HttpServer || server instanceof HttpsServer ? (server as HttpServer) : null;
}
