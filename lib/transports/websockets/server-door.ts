import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { Blocking } from '../../policy/policy.js';
import { type RouteRule, UNDECORATED } from '../../policy/route-rules.js';
import type { Answers } from './answers.js';
import type { Handshakes } from './handshakes.js';
import { refuseRequest, refuseUpgrade } from './http-refusal.js';
import type { Connection, OpenConnections } from './open-connections.js';
import { asksForWebSocket, UpgradedSocket } from './upgraded-socket.js';

type Emit = (name: string | symbol, ...args: readonly unknown[]) => boolean;

/** Who takes requests from an HTTP server without the adapter. */
export interface DoorOwner {
  /** Whether it gets this upgrade, and then decides on it itself. */
  takesUpgrade(url: string): boolean;
  /** Whether it answers this request, and decides nothing. */
  servesFile(url: string): boolean;
  readonly rules: readonly RouteRule[];
  /** Sets the CORS headers of its own answers, or answers a preflight. */
  readonly cors: ((request: IncomingMessage, response: ServerResponse, next: () => void) => void) | null;
}

/**
 * Stands before the listeners of an HTTP server, for what the adapter never sees: upgrades (gateways, subscriptions of
 * GraphQL, whoever else listens), and files that socket.io serves.
 *
 * Listeners cannot stop each other, and socket.io takes those of others off to call them itself. So it is `emit` that is
 * replaced, of this one server: whatever the order in which listeners come, none is called before.
 */
export class ServerDoor {
  readonly #owners = new Set<DoorOwner>();

  constructor(
    server: Server,
    private readonly handshakes: Handshakes,
    private readonly answers: Answers,
    private readonly connections: OpenConnections,
  ) {
    const emit = server.emit.bind(server) as Emit;
    server.emit = (name: string | symbol, ...args: readonly unknown[]): boolean =>
      name === 'upgrade' || (name === 'request' && this.#owners.size > 0)
        ? this.#decide(emit, name, args)
        : emit(name, ...args);
  }

  /** Upgrades that it takes are its own to decide on; files that it serves are decided on here. */
  add(owner: DoorOwner): void {
    this.#owners.add(owner);
  }

  #decide(emit: Emit, name: 'upgrade' | 'request', args: readonly unknown[]): boolean {
    const [request, other] = args;
    const pass = (): boolean => emit(name, ...args);
    return name === 'upgrade'
      ? this.#upgrade(request as IncomingMessage, other as Duplex, pass)
      : this.#request(request as IncomingMessage, other as ServerResponse, pass);
  }

  /** Somebody else's upgrade belongs to the application. */
  #upgrade(request: IncomingMessage, socket: Duplex, pass: () => boolean): boolean {
    const { url = '' } = request;
    if (ownerWith(this.#owners, (owner) => owner.takesUpgrade(url))) return pass();
    const open = (): void => {
      if (asksForWebSocket(request)) this.connections.add(somebodyElses(request, socket));
      pass();
    };
    return whenJudged(this.handshakes.judge([UNDECORATED], request), socket, open, (status) =>
      refuseUpgrade(socket, this.answers.of(status)),
    );
  }

  #request(request: IncomingMessage, response: ServerResponse, pass: () => boolean): boolean {
    const { url = '' } = request;
    const owner = ownerWith(this.#owners, (candidate) => candidate.servesFile(url));
    if (!owner) return pass();
    return whenJudged(this.handshakes.judge(owner.rules, request), request.socket, pass, (status) => {
      const refuse = (): void => refuseRequest(response, this.answers.of(status));
      if (owner.cors) owner.cors(request, response, refuse);
      else refuse();
    });
  }
}

function somebodyElses(request: IncomingMessage, socket: Duplex): Connection {
  return { client: new UpgradedSocket(socket), request, rules: [UNDECORATED], serverRules: [UNDECORATED] };
}

function ownerWith(owners: Iterable<DoorOwner>, test: (owner: DoorOwner) => boolean): DoorOwner | undefined {
  for (const owner of owners) if (test(owner)) return owner;
  return undefined;
}

/** Goes on at once where the verdict is known. */
export function whenJudged(
  verdict: Blocking | Promise<Blocking>,
  socket: Duplex,
  pass: () => unknown,
  refuse: (status: MaintenanceStatus) => void,
): true {
  const decide = (settled: Blocking): void => {
    if (settled === null) pass();
    else refuse(settled);
  };
  if (verdict instanceof Promise) void whileOpen(socket, verdict, decide);
  else decide(verdict);
  return true;
}

/** A connection that breaks while the verdict is waited for is nobody's any more. */
async function whileOpen(
  socket: Duplex,
  verdict: Promise<Blocking>,
  decide: (settled: Blocking) => void,
): Promise<void> {
  socket.on('error', ignore);
  const settled = await verdict;
  socket.off('error', ignore);
  if (!socket.destroyed) decide(settled);
}

/** Node takes an error that nobody listens to for a crash. */
function ignore(): void {}
