import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { type CanActivate, type ExecutionContext, Logger, type Type, UseGuards } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { isObservable } from 'rxjs';
import type { InFlightWork } from '../../drain/in-flight-work.js';
import { type Integration, type IntegrationParts, withMethod } from '../../http/integration.js';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { gatewayClasses, gatewayHandlers, gatewaySettings } from '../../internals/nest.js';
import { asHttpServer, hookServer } from '../../internals/node-http.js';
import {
  type AdapterHooks,
  addGatewayGuard,
  corsOf,
  engineResponse,
  guardConnection,
  hookAdapter,
  httpServerOf,
  isForClientFile,
  isForEngine,
  isForWsServer,
  isNamespace,
  isSocketIoServer,
  isWsServer,
  type Namespace,
  onEngineHandshake,
  onWsHandshake,
  type SocketIoServer,
  type WsServer,
} from '../../internals/websockets.js';
import type { Blocking } from '../../policy/policy.js';
import { type RouteRule, routeRuleOf, routeRuleOfClass, UNDECORATED } from '../../policy/route-rules.js';
import { memberOf } from '../../validation/values.js';
import {
  asRequest,
  type GatewayServer,
  Handshakes,
  refuseRequest,
  refuseUpgrade,
  whenDecided,
} from './handshakes.js';
import {
  type Connection,
  forwardErrors,
  isGone,
  OpenConnections,
  Upgrades,
  webSocketError,
} from './upgrades.js';

type WsExceptionClass = new (error: object | string) => Error;

/**
 * Gateways. {@link GatewayServers} decides about their connections; the guard about each message, by the request that opened
 * the connection.
 */
export class WebSocketsIntegration implements Integration {
  readonly contextType = 'ws';
  readonly knowsUser = true;
  readonly #requests = new WeakMap<object, IncomingMessage>();
  readonly #asked = new WeakSet<ExecutionContext>();
  readonly #handshakes: Handshakes;
  readonly #servers: GatewayServers;
  readonly #guard: CanActivate;

  /**
   * Created before Nest binds the first gateway, which is before any module is configured: a gateway with a separate port
   * listens from then on.
   */
  private constructor(
    private readonly parts: IntegrationParts,
    private readonly WsException: WsExceptionClass,
  ) {
    const { applicationConfig, modules, work } = parts;
    const gateways = new Gateways(modules);
    this.#handshakes = new Handshakes(parts);
    this.#guard = {
      canActivate: (context) => this.#asked.has(context) || parts.guard().canActivate(context),
    };
    this.#servers = new GatewayServers(
      gateways,
      this.#handshakes,
      new OpenConnections(parts, this.#handshakes),
      work,
      (client, request) => this.#connected(client, request),
    );
    if (hookAdapter(applicationConfig, this.#servers)) {
      for (const type of gateways.classes) addGatewayGuard(type);
      return;
    }
    for (const type of gateways.classes) UseGuards(this.#guard)(type);
    new Logger('MaintenanceMode').warn(
      'This version of NestJS does not ask for the adapter of its gateways in the way that is known: maintenance refuses ' +
        'no connections, only messages, and exempts none of them.',
    );
  }

  static async create(parts: IntegrationParts): Promise<WebSocketsIntegration> {
    // Nest recognises it by its class, so the package of the application is needed.
    const { WsException } = await import('@nestjs/websockets');
    return new WebSocketsIntegration(parts, WsException);
  }

  onModuleInit(): void {
    const server = asHttpServer(this.parts.adapterHost.httpAdapter?.getHttpServer?.());
    if (server) this.#servers.share(server);
  }

  /** It is not known whether a message only reads, so it counts as a change. */
  facts(context: ExecutionContext): RequestFacts | null {
    this.#asked.add(context);
    const request = this.#requests.get(context.switchToWs().getClient<object>());
    const facts = request === undefined ? null : this.#handshakes.facts(request);
    return facts === null ? null : withMethod(facts, 'POST');
  }

  refusal(status: MaintenanceStatus, context: ExecutionContext): Error {
    const exception = this.parts.responder.exception(null, status);
    const error = webSocketError(exception.answer.problem, context.switchToWs().getPattern());
    return Object.assign(new this.WsException(error), { cause: exception });
  }

  /** If the request that opened the connection is not known, nothing exempts its messages. */
  #connected(client: object, request: IncomingMessage | null): void {
    if (request !== null) this.#requests.set(client, request);
    guardConnection(client, this.#guard);
  }
}

interface ServerRules {
  /** The rules of the gateways of a server, or of one namespace. */
  readonly rules: readonly RouteRule[];
  /** The rules of all gateways that share the transport. */
  readonly serverRules: readonly RouteRule[];
}

/** For servers and namespaces without gateways: they belong to the application. */
const NO_GATEWAYS: ServerRules = { rules: [UNDECORATED], serverRules: [UNDECORATED] };

type AnyMethod = (...args: unknown[]) => unknown;

/** Refuses connections to the servers of gateways, and counts their messages as work in flight. */
export class GatewayServers implements AdapterHooks {
  readonly #rules = new WeakMap<object, ServerRules>();
  readonly #upgrades = new Map<HttpServer, Upgrades>();
  /** Servers of `ws` that share the application's HTTP server, which is known only later. */
  readonly #ofApplication: GatewayServer[] = [];
  /** Requests and sockets whose handshake is decided. */
  readonly #decided = new WeakSet<object>();
  /** Connections, and whether they were admitted. */
  readonly #admitted = new WeakMap<object, boolean>();
  readonly #guarded = new WeakSet<Namespace>();

  /** @param connected called for each new connection with the request that opened it. */
  constructor(
    private readonly gateways: Gateways,
    private readonly handshakes: Handshakes,
    private readonly connections: OpenConnections,
    private readonly work: InFlightWork,
    private readonly connected: (client: object, request: IncomingMessage | null) => void,
  ) {}

  /** The HTTP server of the application. */
  share(server: HttpServer): void {
    const upgrades = this.#upgradesOf(server);
    for (const gatewayServer of this.#ofApplication) upgrades.add(gatewayServer);
  }

  created(server: unknown, port: number, options: unknown): void {
    if (typeof server !== 'object' || server === null || this.#rules.has(server)) return;
    const path = memberOf(options, 'path');
    const serverRules = this.gateways.rulesOfServer(port, path);
    if (isWsServer(server)) {
      this.#rules.set(server, { rules: serverRules, serverRules });
      this.#guardWs(server, port, serverRules);
      return;
    }
    const rules = this.gateways.rulesAt({ port, path, namespace: memberOf(options, 'namespace') });
    this.#rules.set(server, { rules, serverRules });
    if (isSocketIoServer(server)) this.#guardSocketIo(server, serverRules);
    else if (isNamespace(server)) this.#guardNamespace(server, rules);
  }

  connecting(server: unknown, callback: AnyMethod): AnyMethod {
    const rules = this.#rulesOf(server);
    return (...args) => {
      const [client, request] = args;
      if (typeof client !== 'object' || client === null) return callback(...args);
      // Called for each gateway of a connection; decided once.
      const admitted = this.#admitted.get(client) ?? this.#admit(client, request, rules);
      this.#admitted.set(client, admitted);
      return admitted ? callback(...args) : undefined;
    };
  }

  /** A handler is work in flight until its promise or stream has ended, also if the client has disconnected. */
  handling(client: unknown, callback: AnyMethod): AnyMethod {
    return (...args) => this.work.run(() => unlessGone(client, callback(...args)), undefined, [client]);
  }

  /** @returns false if the connection is closed at once and no gateway is called. */
  #admit(client: object, upgrade: unknown, serverRules: ServerRules): boolean {
    const request = asRequest(upgrade) ?? asRequest(memberOf(client, 'request'));
    this.connected(client, request);
    forwardErrors(client);
    const connection = { client, request, ...serverRules };
    const isDecided = this.#decided.has(client) || (request !== null && this.#decided.has(request));
    const decision = isDecided ? null : this.handshakes.admit(serverRules.rules, request);
    if (decision !== null && !(decision instanceof Promise)) {
      this.connections.close(connection, decision);
      return false;
    }
    this.connections.add(connection);
    if (decision !== null) void this.#closeLater(connection, decision);
    return true;
  }

  /** Until then, the guard decides on each message. */
  async #closeLater(connection: Connection, decision: Promise<Blocking>): Promise<void> {
    const status = await decision;
    if (status !== null) this.connections.close(connection, status);
  }

  #guardWs(server: WsServer, port: number, rules: readonly RouteRule[]): void {
    onWsHandshake(server, ({ request, socket, pass }) => {
      const open = (): void => {
        this.#decided.add(request);
        pass();
      };
      whenDecided(this.handshakes.admit(rules, request), socket, open, (status) =>
        refuseUpgrade(socket, this.handshakes.answer(status)),
      );
    });
    if (port !== 0) return;
    this.#ofApplication.push({ rules, cors: null, takesUpgrade: (url) => isForWsServer(server, url) });
  }

  #guardSocketIo(io: SocketIoServer, rules: readonly RouteRule[]): void {
    onEngineHandshake(io, (request, pass) =>
      whenDecided(this.handshakes.admit(rules, asRequest(request)), request.socket, pass, (status) => {
        const answer = this.handshakes.answer(status);
        const response = engineResponse(request);
        if (response) refuseRequest(response, answer);
        else refuseUpgrade(request.socket, answer);
      }),
    );
    const server = httpServerOf(io);
    if (server) {
      this.#upgradesOf(server).add({
        rules,
        cors: corsOf(io),
        takesUpgrade: (url) => isForEngine(io, url),
        servesFile: (url) => isForClientFile(io, url),
      });
    }
    this.#guardNamespace(io, this.#rulesOf(io).rules);
    // Namespaces of the application and dynamic ones. Those of gateways have their rules by the time of a connection.
    io.on('new_namespace', (namespace) => this.#guardNamespace(namespace, NO_GATEWAYS.rules));
  }

  /** An engine.io connection may carry several namespaces, of which some are open. */
  #guardNamespace(namespace: Namespace, rules: readonly RouteRule[]): void {
    if (this.#guarded.has(namespace)) return;
    this.#guarded.add(namespace);
    namespace.use(async (socket, next) => {
      // A child of a dynamic namespace begins with the middleware of its parent.
      if (this.#decided.has(socket)) return next();
      this.#decided.add(socket);
      const rulesNow = this.#rules.get(namespace)?.rules ?? rules;
      const status = await this.handshakes.admit(rulesNow, asRequest(memberOf(socket, 'request')));
      if (status === null) return next();
      const data = webSocketError(this.handshakes.answer(status).problem);
      // The client receives a `connect_error` with these members.
      return next(Object.assign(new Error(data.message), { data }));
    });
  }

  #rulesOf(server: unknown): ServerRules {
    const known = typeof server === 'object' && server !== null ? this.#rules.get(server) : undefined;
    return known ?? NO_GATEWAYS;
  }

  #upgradesOf(server: HttpServer): Upgrades {
    let upgrades = this.#upgrades.get(server);
    if (!upgrades) {
      upgrades = new Upgrades(this.handshakes, this.connections);
      this.#upgrades.set(server, upgrades);
      hookServer(server, upgrades);
    }
    return upgrades;
  }
}

/** Drops a stream that is returned after its client has disconnected: nothing would subscribe to it, so it would never end. */
function unlessGone(client: unknown, result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  return result.then((value: unknown) => (isObservable(value) && isGone(client) ? undefined : value));
}

/** The address of a gateway, from its decorator. */
export interface GatewayAddress {
  /** 0: the port of the application. */
  readonly port: number;
  readonly path: unknown;
  /** For socket.io: a name with its slash, or a regular expression. */
  readonly namespace: unknown;
}

interface Gateway extends GatewayAddress {
  /**
   * The rules of the class and of its handlers. All of them need the connection, so it is refused only while all of them are
   * blocked.
   */
  readonly rules: readonly RouteRule[];
}

/** The gateways of the application with the rules of their maintenance decorators. */
export class Gateways {
  readonly classes: readonly Type[];
  readonly #all: readonly Gateway[];

  constructor(modules: ModulesContainer) {
    this.classes = gatewayClasses(modules);
    this.#all = this.classes.map((type) => read(type));
  }

  /** The rules of all gateways at a port and path, whatever their namespace. */
  rulesOfServer(port: number, path: unknown): readonly RouteRule[] {
    return rulesOf(this.#all.filter((gateway) => gateway.port === port && gateway.path === path));
  }

  /** The rules of the gateways of one namespace; without namespaces, those at a port and path. */
  rulesAt({ port, path, namespace }: GatewayAddress): readonly RouteRule[] {
    const at = this.#all.filter((gateway) => gateway.port === port && gateway.path === path);
    return rulesOf(at.filter((gateway) => gateway.namespace === asNest(namespace)));
  }
}

function read(type: Type): Gateway {
  const { port, options } = gatewaySettings(type);
  const ofHandlers = gatewayHandlers(type).map((handler) => routeRuleOf(type, handler));
  return {
    port,
    path: memberOf(options, 'path'),
    namespace: asNest(memberOf(options, 'namespace')),
    rules: [...new Set([routeRuleOfClass(type), ...ofHandlers])],
  };
}

/** Without a gateway, another listener of the application serves the connection. */
function rulesOf(gateways: readonly Gateway[]): readonly RouteRule[] {
  return gateways.length === 0 ? [UNDECORATED] : [...new Set(gateways.flatMap(({ rules }) => rules))];
}

/** As Nest stores it: a name with its slash; undefined for the main namespace. */
function asNest(namespace: unknown): unknown {
  if (typeof namespace !== 'string') return namespace;
  if (namespace === '' || namespace === '/') return undefined;
  return namespace.startsWith('/') ? namespace : `/${namespace}`;
}
