import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import type { MaintenanceException } from '../../response/maintenance.exception.js';
import type { Transport } from '../transport.js';
import { withMethod } from '../with-method.js';
import type { Gateways } from './gateways.js';
import type { Handshakes } from './handshakes.js';
import { webSocketError } from './web-socket-error.js';

type WsExceptionClass = new (error: object | string) => Error;

/** Messages of gateways. Each is judged by the request that opened its connection. */
export class WebSocketTransport implements Transport {
  readonly type = 'ws';
  readonly knowsUser = true;
  readonly #requests = new WeakMap<object, IncomingMessage>();
  readonly #asked = new WeakSet<ExecutionContext>();

  constructor(
    private readonly WsException: WsExceptionClass | null,
    private readonly handshakes: Handshakes,
  ) {}

  /** Keeps the request that opened the connection. Where there is none, nothing exempts the connection. */
  connected(client: object, request: IncomingMessage | null): void {
    if (request !== null) this.#requests.set(client, request);
  }

  /** Nobody knows of a message whether it only reads. */
  facts(context: ExecutionContext): RequestFacts | null {
    this.#asked.add(context);
    const request = this.#requests.get(context.switchToWs().getClient<object>());
    const facts = request === undefined ? null : this.handshakes.facts(request);
    return facts === null ? null : withMethod(facts, 'POST');
  }

  /** Whether the guard has been asked about this call: for the second time it is the same answer. */
  hasAsked(context: ExecutionContext): boolean {
    return this.#asked.has(context);
  }

  refusal(exception: MaintenanceException, context: ExecutionContext): Error {
    if (this.WsException === null) return exception;
    const error = webSocketError(exception.answer.problem, context.switchToWs().getPattern());
    return Object.assign(new this.WsException(error), { cause: exception });
  }
}

/** Loads @nestjs/websockets, which an application without gateways may not have. */
export async function webSocketTransport(
  gateways: Gateways,
  handshakes: Handshakes,
): Promise<WebSocketTransport> {
  if (gateways.all.length === 0) return new WebSocketTransport(null, handshakes);
  // Nest knows it by its class, so it has to be Nest's own.
  const { WsException } = await import('@nestjs/websockets');
  return new WebSocketTransport(WsException, handshakes);
}
