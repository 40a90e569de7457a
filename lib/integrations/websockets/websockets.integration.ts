import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Logger, UseGuards } from '@nestjs/common';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { type Integration, type IntegrationParts, withMethod } from '../../http/integration.js';
import { asHttpServer } from '../../internals/node-http.js';
import { addGatewayGuard, guardConnection, hookAdapter } from '../../internals/websockets.js';
import { OpenConnections, webSocketError } from './upgrades.js';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import { Gateways, GatewayServers } from './gateway-servers.js';
import { Handshakes } from './handshakes.js';

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
