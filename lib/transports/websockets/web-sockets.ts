import { type Server as HttpServer } from 'node:http';
import { type CanActivate, Injectable, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { isObservable } from 'rxjs';
import { MaintenanceGuard } from '../../http/maintenance.guard.js';
import type { Blocking } from '../../policy/policy.js';
import { type RouteRule, UNDECORATED } from '../../policy/route-rules.js';
import { InFlightWork } from '../../drain/in-flight-work.js';
import { memberOf } from '../../validation/member.js';
import { type AdapterHooks, proxyOf } from './adapter-proxy.js';
import { Answers } from './answers.js';
import { askGuard, guardConnection } from './gateway-guards.js';
import { Gateways } from './gateways.js';
import { forwardErrors, isGone } from './connection.js';
import { asRequest, Handshakes } from './handshakes.js';
import { type Connection, OpenConnections } from './open-connections.js';
import { type DoorOwner, ServerDoor } from './server-door.js';
import { guardHandshakes, guardNamespace, httpServerOf, isNamespace, isSocketIoServer, type Namespace, socketIoOwner, type SocketIoServer } from './socket-io-server.js';
import { WebSocketTransport } from './web-socket.transport.js';
import { guardWsServer, isWsServer, wsServerOwner } from './ws-server.js';

interface ServerRules {
  /** Of the gateways of a server, or of one namespace. */
  readonly rules: readonly RouteRule[];
  /** Of all gateways that share the transport. */
  readonly serverRules: readonly RouteRule[];
}

/** Of what no gateway has asked for: it belongs to the application. */
const SOMEBODY_ELSES: ServerRules = { rules: [UNDECORATED], serverRules: [UNDECORATED] };

type AnyMethod = (...args: unknown[]) => unknown;

/**
 * Stands between Nest and the adapter of WebSockets. It is in place before the first gateway is bound, which happens before
 * any module is configured: a gateway with a port of its own listens from then on.
 */
@Injectable()
export class WebSockets implements OnModuleInit, AdapterHooks {
  readonly #servers = new WeakMap<object, ServerRules>();
  readonly #doors = new Map<HttpServer, ServerDoor>();
  /** Servers of `ws` have no HTTP server of their own where they share the application's: known once that is there. */
  readonly #applicationOwners: DoorOwner[] = [];
  /** Requests and sockets whose handshake has been decided on. */
  readonly #judged = new WeakSet<object>();
  /** Connections, and whether gateways hear of them. */
  readonly #admitted = new WeakMap<object, boolean>();
  readonly #guarded = new WeakSet<Namespace>();
  readonly #guard: CanActivate;

  constructor(
    config: ApplicationConfig,
    guard: MaintenanceGuard,
    private readonly transport: WebSocketTransport,
    private readonly gateways: Gateways,
    private readonly handshakes: Handshakes,
    private readonly answers: Answers,
    private readonly connections: OpenConnections,
    private readonly adapterHost: HttpAdapterHost,
    private readonly work: InFlightWork,
  ) {
    this.#guard = {
      canActivate: (context) => this.transport.hasAsked(context) || guard.canActivate(context),
    };
    if (gateways.all.length === 0) return;
    for (const { type } of gateways.all) askGuard(type);
    this.#standBefore(config);
  }

  onModuleInit(): void {
    const server: unknown = this.adapterHost.httpAdapter?.getHttpServer?.();
    if (typeof memberOf(server, 'emit') !== 'function') return;
    const door = this.#doorOf(server as HttpServer);
    for (const owner of this.#applicationOwners) door.add(owner);
  }

  created(server: unknown, port: number, options: unknown): void {
    if (typeof server !== 'object' || server === null || this.#servers.has(server)) return;
    const path = memberOf(options, 'path');
    const serverRules = this.gateways.rulesOfServer(port, path);
    if (isWsServer(server)) {
      this.#servers.set(server, { rules: serverRules, serverRules });
      guardWsServer(server, serverRules, this.handshakes, this.answers, this.#judged);
      if (port === 0) this.#applicationOwners.push(wsServerOwner(server, serverRules));
      return;
    }
    const rules = this.gateways.rulesAt({ port, path, namespace: memberOf(options, 'namespace') });
    this.#servers.set(server, { rules, serverRules });
    if (isSocketIoServer(server)) this.#guardSocketIo(server, serverRules);
    else if (isNamespace(server)) this.#guardNamespace(server, rules);
  }

  connecting(server: unknown, callback: AnyMethod): AnyMethod {
    const rules = this.#rulesOf(server);
    return (...args) => {
      const [client, request] = args;
      if (typeof client !== 'object' || client === null) return callback(...args);
      // Each gateway of a connection is told of it, and it is looked at once.
      const admitted = this.#admitted.get(client) ?? this.#admit(client, request, rules);
      this.#admitted.set(client, admitted);
      return admitted ? callback(...args) : undefined;
    };
  }

  /** A handler is work in flight until its promise or its stream has ended, also if the client has gone away. */
  handling(client: unknown, callback: AnyMethod): AnyMethod {
    return (...args) => this.work.run(() => unlessGone(client, callback(...args)), undefined, [client]);
  }

  /** @returns false where it is closed at once, of which no gateway hears. */
  #admit(client: object, upgrade: unknown, serverRules: ServerRules): boolean {
    const request = asRequest(upgrade) ?? asRequest(memberOf(client, 'request'));
    this.transport.connected(client, request);
    guardConnection(client, this.#guard);
    forwardErrors(client);
    const connection = { client, request, ...serverRules };
    const isJudged = this.#judged.has(client) || (request !== null && this.#judged.has(request));
    const verdict = isJudged ? null : this.handshakes.judge(serverRules.rules, request);
    if (verdict !== null && !(verdict instanceof Promise)) {
      this.connections.close(connection, verdict);
      return false;
    }
    this.connections.add(connection);
    if (verdict !== null) void this.#closeLater(connection, verdict);
    return true;
  }

  /** A message that comes while the verdict is waited for is judged by itself. */
  async #closeLater(connection: Connection, verdict: Promise<Blocking>): Promise<void> {
    const status = await verdict;
    if (status !== null) this.connections.close(connection, status);
  }

  /** Nest asks for the adapter each time that it needs it, and sets its own where the application has set none. */
  #standBefore(config: ApplicationConfig): void {
    type Adapter = ReturnType<ApplicationConfig['getIoAdapter']>;
    const proxies = new WeakMap<Adapter, Adapter>();
    const getIoAdapter = config.getIoAdapter.bind(config);
    config.getIoAdapter = () => {
      const adapter = getIoAdapter() as Adapter | undefined;
      // Not there yet, and Nest looks at that.
      if (!adapter) return adapter as unknown as Adapter;
      let proxy = proxies.get(adapter);
      if (!proxy) proxies.set(adapter, (proxy = proxyOf(adapter, this)));
      return proxy;
    };
  }

  #guardSocketIo(io: SocketIoServer, rules: readonly RouteRule[]): void {
    guardHandshakes(io, rules, this.handshakes, this.answers);
    const server = httpServerOf(io);
    if (server) this.#doorOf(server).add(socketIoOwner(io, rules));
    this.#guardNamespace(io, this.#rulesOf(io).rules);
    // Those of the application's own making, and dynamic ones; those of gateways are known by when they are asked.
    io.on('new_namespace', (namespace) => this.#guardNamespace(namespace, SOMEBODY_ELSES.rules));
  }

  #guardNamespace(namespace: Namespace, rules: readonly RouteRule[]): void {
    if (this.#guarded.has(namespace)) return;
    this.#guarded.add(namespace);
    const rulesNow = (): readonly RouteRule[] => this.#servers.get(namespace)?.rules ?? rules;
    guardNamespace(namespace, rulesNow, this.handshakes, this.answers, this.#judged);
  }

  #rulesOf(server: unknown): ServerRules {
    const known = typeof server === 'object' && server !== null ? this.#servers.get(server) : undefined;
    return known ?? SOMEBODY_ELSES;
  }

  #doorOf(server: HttpServer): ServerDoor {
    let door = this.#doors.get(server);
    if (!door) {
      door = new ServerDoor(server, this.handshakes, this.answers, this.connections);
      this.#doors.set(server, door);
    }
    return door;
  }
}

/** Nobody subscribes to a stream that comes when its client has gone away, so it would never end. */
function unlessGone(client: unknown, result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  return result.then((value: unknown) => (isObservable(value) && isGone(client) ? undefined : value));
}
