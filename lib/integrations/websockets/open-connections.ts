import type { IncomingMessage } from 'node:http';
import type { Blocking } from '../../policy/policy.js';
import type { RouteRule } from '../../policy/route-rules.js';
import type { IntegrationParts } from '../../http/integration-parts.js';
import { closeConnection, onceClosed, tellConnection } from './connection.js';
import type { Handshakes } from './handshakes.js';

export interface Connection {
  readonly client: object;
  /** What opened it; null if that is not known. */
  readonly request: IncomingMessage | null;
  readonly rules: readonly RouteRule[];
  /** Those of all that shares its transport: namespaces of socket.io. */
  readonly serverRules: readonly RouteRule[];
}

/** Closes connections when maintenance begins that would not be made now. Only if the options ask for it. */
export class OpenConnections {
  readonly #open = new Set<Connection>();
  readonly #closes: boolean;

  constructor(
    { options, state }: Pick<IntegrationParts, 'options' | 'state'>,
    private readonly handshakes: Handshakes,
  ) {
    this.#closes = options.close.webSockets;
    if (!this.#closes) return;
    state.events.subscribe(({ after }) => {
      if (after.state === 'active') void this.#closeBlocked();
    });
  }

  add(connection: Connection): void {
    if (!this.#closes) return;
    this.#open.add(connection);
    onceClosed(connection.client, () => this.#open.delete(connection));
  }

  /** Tells the client why and ends its connection. */
  close({ client, serverRules }: Connection, status: NonNullable<Blocking>): void {
    const { problem } = this.handshakes.answer(status);
    tellConnection(client, problem);
    closeConnection(client, problem, this.handshakes.held(serverRules) !== null);
  }

  /** Told first, all of them: to close one may end the transport of others. */
  async #closeBlocked(): Promise<void> {
    const judged = await Promise.all(
      [...this.#open].map(async (connection) => ({
        connection,
        status: await this.handshakes.judge(connection.rules, connection.request),
      })),
    );
    for (const { connection, status } of judged) {
      if (status !== null) tellConnection(connection.client, this.handshakes.answer(status).problem);
    }
    for (const { connection, status } of judged) {
      if (status === null) continue;
      const isWhole = this.handshakes.held(connection.serverRules) !== null;
      closeConnection(connection.client, this.handshakes.answer(status).problem, isWhole);
    }
  }
}
