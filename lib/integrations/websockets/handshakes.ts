import { IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MaintenanceStatus } from '../../contracts/maintenance-status.js';
import type { RequestFacts } from '../../contracts/request-facts.js';
import { writeAnswer } from '../../http/gate/write-answer.js';
import { whileOpen } from '../../internals/http-server.js';
import type { Verdict } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rule.js';
import type { Answer } from '../../response/answer.js';
import type { IntegrationParts } from '../../http/integration-parts.js';

/** Judges the requests that open connections, and answers those that are refused. */
export class Handshakes {
  constructor(private readonly parts: Pick<IntegrationParts, 'policy' | 'platformHost' | 'responder'>) {}

  /** What holds for a connection that serves all of these rules, before its request is looked at. */
  held(rules: readonly RouteRule[]): Verdict {
    const { policy } = this.parts;
    const [first] = rules;
    if (first === undefined || rules.some((rule) => policy.held(rule) === null)) return null;
    return policy.held(first);
  }

  /**
   * The verdict on a connection that serves all of these rules: it is made if one of them lets it. A promise only if an
   * exemption needs one.
   *
   * @param request null if it is not known: nothing is exempt.
   */
  judge(rules: readonly RouteRule[], request: IncomingMessage | null): Verdict | Promise<Verdict> {
    const held = this.held(rules);
    if (held === null) return null;
    // A handshake only reads.
    if (request === null) return held.mode === 'read-only' ? null : held;
    const statuses = rules.filter(({ kind }) => kind !== 'on').map((rule) => this.parts.policy.held(rule));
    // Mostly it is the application's, for all of them.
    const [first, ...others] = [...new Set(statuses)].filter((status) => status !== null);
    const facts = first === undefined ? null : this.facts(request);
    if (first === undefined || facts === null) return held;
    return others.length === 0
      ? this.parts.policy.judgeAtOnce(first, facts)
      : this.#judgeEach([first, ...others], facts);
  }

  /** What the adapter knows of a request that it has not seen; null if it fails to tell: then nothing is exempt. */
  facts(request: IncomingMessage): RequestFacts | null {
    try {
      return this.parts.platformHost.upgradeFacts(request);
    } catch {
      return null;
    }
  }

  /** What clients get whose connection is refused or closed. They are programs, so it is never the page. */
  answer(status: MaintenanceStatus): Answer {
    return this.parts.responder.answer(null, status);
  }

  async #judgeEach(statuses: readonly MaintenanceStatus[], facts: RequestFacts): Promise<Verdict> {
    for (const status of statuses) {
      if ((await this.parts.policy.judgeAtOnce(status, facts)) === null) return null;
    }
    return statuses[0] ?? null;
  }
}

/** What opened a connection; null for what Node's HTTP server has not made. */
export function asRequest(request: unknown): IncomingMessage | null {
  return request instanceof IncomingMessage ? request : null;
}

/** Goes on at once if the verdict is known. */
export function whenJudged(
  verdict: Verdict | Promise<Verdict>,
  socket: Duplex,
  pass: () => unknown,
  refuse: (status: MaintenanceStatus) => void,
): void {
  const decide = (settled: Verdict): void => {
    if (settled === null) pass();
    else refuse(settled);
  };
  if (verdict instanceof Promise) void whileOpen(socket, verdict, decide);
  else decide(verdict);
}

/** Answers a request for a WebSocket, of which Node has left nothing but the socket. */
export function refuseUpgrade(socket: Duplex, { statusCode, allHeaders, body }: Answer): void {
  if (!socket.writable) return void socket.destroy();
  const fields = { ...allHeaders, Connection: 'close', Date: new Date().toUTCString() };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('')}\r\n`;
  socket.on('error', () => undefined);
  // A client that keeps its side open must not keep the connection.
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** Answers an HTTP request that the adapter does not see, with the headers that others have set (CORS). */
export function refuseRequest(response: ServerResponse, answer: Answer): void {
  if (!response.destroyed) writeAnswer(response, answer);
}
