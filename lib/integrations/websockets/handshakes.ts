import { IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import { writeAnswer } from '../../response/raw-response.js';
import { whileOpen } from '../../internals/node-http.js';
import { Admission, type Blocking } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rules.js';
import type { Answer } from '../../response/problem.js';
import type { IntegrationParts } from '../../http/integration.js';
import type { Cors } from '../../internals/websockets.js';

/** Decides about the requests that open connections. */
export class Handshakes {
  readonly #counted = new WeakSet<IncomingMessage>();

  constructor(private readonly parts: Pick<IntegrationParts, 'policy' | 'host' | 'responder'>) {}

  /** The status that blocks a connection for all of these rules, whatever its request; null: nothing blocks it. */
  active(rules: readonly RouteRule[]): Blocking {
    const { policy } = this.parts;
    const [first] = rules;
    if (first === undefined || rules.some((rule) => policy.activeStatus(rule) === null)) return null;
    return policy.activeStatus(first);
  }

  /**
   * Decides on a connection for all of these rules: it is admitted if one of them admits it. Returns a promise only if an
   * exemption does, or if the process was frozen.
   *
   * @param request null if it is not known: then nothing is exempt.
   */
  decide(rules: readonly RouteRule[], request: IncomingMessage | null): Blocking | Promise<Blocking> {
    return this.#decide(rules, request, () => undefined);
  }

  #decide(
    rules: readonly RouteRule[],
    request: IncomingMessage | null,
    onPass: (admission: Admission) => void,
  ): Blocking | Promise<Blocking> {
    const current = this.parts.policy.state.whenCurrent();
    if (current !== null) return current.then(() => this.#decide(rules, request, onPass));
    const active = this.active(rules);
    if (active === null) return null;
    // A handshake only reads.
    if (request === null) return active.mode === 'read-only' ? null : active;
    const statuses = rules
      .filter(({ kind }) => kind !== 'on')
      .map((rule) => this.parts.policy.activeStatus(rule));
    // Usually the status of the application, for all of them.
    const [first, ...others] = [...new Set(statuses)].filter((status) => status !== null);
    const facts = first === undefined ? null : this.facts(request);
    if (first === undefined || facts === null) return active;
    return this.#admitted([first, ...others], facts, active, onPass);
  }

  /** As `decide`, when a connection is opened: it is counted if it is refused, or if an exemption lets it through. */
  admit(rules: readonly RouteRule[], request: IncomingMessage | null): Blocking | Promise<Blocking> {
    const counted = (blocking: Blocking): Blocking => {
      if (blocking !== null) this.parts.policy.counts.block('ws', blocking, request);
      return blocking;
    };
    const decision = this.#decide(rules, request, (admission) => this.#countPass(request, admission));
    return decision instanceof Promise ? decision.then(counted) : counted(decision);
  }

  /** The facts of an upgrade; null if the adapter fails: then nothing is exempt. */
  facts(request: IncomingMessage): RequestFacts | null {
    try {
      return this.parts.host.bridge.upgradeFacts(request);
    } catch {
      return null;
    }
  }

  /** The response to a refused connection. Its clients are programs, so it is never the page. */
  answer(status: MaintenanceStatus): Answer {
    return this.parts.responder.answer(null, status);
  }

  /** @returns `blocking` unless the request passes for one of the statuses. */
  #admitted(
    [status, ...others]: readonly MaintenanceStatus[],
    facts: RequestFacts,
    blocking: MaintenanceStatus,
    onPass: (admission: Admission) => void,
  ): Blocking | Promise<Blocking> {
    if (status === undefined) return blocking;
    const admission = new Admission(facts, status);
    const orNext = (admitted: boolean): Blocking | Promise<Blocking> => {
      if (!admitted) return this.#admitted(others, facts, blocking, onPass);
      onPass(admission);
      return null;
    };
    const admitted = this.parts.policy.admits(admission);
    return admitted instanceof Promise ? admitted.then(orNext) : orNext(admitted);
  }

  /** Once for each connection: socket.io decides on the transport, and on each namespace that is opened over it. */
  #countPass(request: IncomingMessage | null, admission: Admission): void {
    if (request === null || this.#counted.has(request)) return;
    this.#counted.add(request);
    this.parts.policy.counts.pass(admission);
  }
}

/** The request that opened a connection; null if it is not one of Node's HTTP server. */
export function asRequest(request: unknown): IncomingMessage | null {
  return request instanceof IncomingMessage ? request : null;
}

/** Calls `pass` or `refuse`, at once if the decision is not a promise. */
export function whenDecided(
  decision: Blocking | Promise<Blocking>,
  socket: Duplex,
  pass: () => unknown,
  refuse: (status: MaintenanceStatus) => void,
): void {
  const decide = (settled: Blocking): void => {
    if (settled === null) pass();
    else refuse(settled);
  };
  if (decision instanceof Promise) void whileOpen(socket, decision, decide);
  else decide(decision);
}

/** Answers an upgrade, for which Node has no response object. */
export function refuseUpgrade(socket: Duplex, { statusCode, allHeaders, body }: Answer): void {
  if (!socket.writable) return void socket.destroy();
  const fields = { ...allHeaders, Connection: 'close', Date: new Date().toUTCString() };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('')}\r\n`;
  socket.on('error', () => undefined);
  // Also if the client keeps its side open.
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** Answers an HTTP request that the adapter does not see, keeping the CORS headers that are set. */
export function refuseRequest(response: ServerResponse, answer: Answer): void {
  if (!response.destroyed) writeAnswer(response, answer);
}

/** A server of gateways, which handles requests of an HTTP server without the adapter. */
export interface GatewayServer {
  /** Whether it handles this upgrade, and decides on it itself. */
  takesUpgrade(url: string): boolean;
  /** Whether it answers this request, without deciding on it. Absent: it answers none. */
  readonly servesFile?: (url: string) => boolean;
  readonly rules: readonly RouteRule[];
  readonly cors: Cors | null;
}
