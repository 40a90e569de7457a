import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServerHooks } from '../../internals/node-http.js';
import { UNDECORATED } from '../../policy/route-rules.js';
import type { IntegrationParts } from '../../http/integration.js';
import { OpenConnections, UpgradedSocket } from './open-connections.js';
import { Handshakes, whenDecided, refuseUpgrade, refuseRequest, GatewayServer } from './handshakes.js';

/**
 * Decides about requests of an HTTP server that the adapter never sees: upgrades (gateways, subscriptions of GraphQL, any other
 * listener) and files that socket.io serves.
 */
export class Upgrades implements ServerHooks {
  readonly #servers = new Set<GatewayServer>();
  /** Present once a server serves files. */
  request: ServerHooks['request'];

  constructor(
    private readonly handshakes: Handshakes,
    private readonly connections: OpenConnections,
  ) {}

  /** For an application without gateways. */
  static create(parts: IntegrationParts): Upgrades {
    const handshakes = new Handshakes(parts);
    return new Upgrades(handshakes, new OpenConnections(parts, handshakes));
  }

  /** The server decides about its own upgrades. Its files are decided on here. */
  add(server: GatewayServer): void {
    this.#servers.add(server);
    if (server.servesFile) this.request = this.#request;
  }

  /** An upgrade that no gateway handles belongs to the application. */
  upgrade(request: IncomingMessage, socket: Duplex, pass: () => void): void {
    const { url = '' } = request;
    if (this.#find((server) => server.takesUpgrade(url))) return pass();
    const open = (): void => {
      if (asksForWebSocket(request)) this.#watch(socket, request);
      pass();
    };
    whenDecided(this.handshakes.admit([UNDECORATED], request), socket, open, (status) =>
      refuseUpgrade(socket, this.handshakes.answer(status)),
    );
  }

  readonly #request = (request: IncomingMessage, response: ServerResponse, pass: () => void): void => {
    const { url = '' } = request;
    const server = this.#find(({ servesFile }) => servesFile?.(url) === true);
    if (!server) return pass();
    whenDecided(this.handshakes.admit(server.rules, request), request.socket, pass, (status) => {
      const refuse = (): void => refuseRequest(response, this.handshakes.answer(status));
      if (server.cors) server.cors(request, response, refuse);
      else refuse();
    });
  };

  #watch(socket: Duplex, request: IncomingMessage): void {
    const client = new UpgradedSocket(socket);
    this.connections.add({ client, request, rules: [UNDECORATED], serverRules: [UNDECORATED] });
  }

  #find(test: (server: GatewayServer) => boolean): GatewayServer | undefined {
    for (const server of this.#servers) if (test(server)) return server;
    return undefined;
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
