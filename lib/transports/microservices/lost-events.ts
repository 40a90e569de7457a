import { Logger } from '@nestjs/common';
import type { RouteRule } from '../../policy/route-rules.js';

/** The names of Nest's transports by their numbers; the package is not imported, an application may not have it. */
const NAMES: readonly string[] = ['TCP', 'Redis', 'NATS', 'MQTT', 'gRPC', 'RabbitMQ', 'Kafka'];

/** The part of a server of @nestjs/microservices, or of a strategy of the application's own, that is used. */
export interface ListeningServer {
  readonly transportId?: unknown;
  listen?(...args: unknown[]): unknown;
}

/** Says at boot, once, over which transports an event of a blocked handler is lost. */
export class LostEvents {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #atRisk = new Set<string>();
  #isPlanned = false;

  /** @param rules of the event handlers of a server that keeps nothing; asked when it begins to listen. */
  watch(server: ListeningServer, rules: () => Iterable<RouteRule>): void {
    const listen = server.listen?.bind(server);
    if (!listen) return;
    server.listen = (...args) => {
      if ([...rules()].some(({ kind }) => isBlockedAtTimes(kind))) this.#add(nameOf(server));
      return listen(...args);
    };
  }

  #add(name: string): void {
    this.#atRisk.add(name);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // After the other microservices of a hybrid application, which begin to listen together.
    setImmediate(() => {
      this.#isPlanned = false;
      this.#logger.warn(
        `Events over ${[...this.#atRisk].join(', ')} that come during maintenance are lost where their handler is blocked. ` +
          'See docs/microservices.md for what can be done about it.',
      );
      this.#atRisk.clear();
    });
  }
}

/** Those of `@MaintenanceOn()` are never handled, so maintenance makes no difference to them. */
function isBlockedAtTimes(kind: RouteRule['kind']): boolean {
  return kind !== 'off' && kind !== 'on';
}

function nameOf(server: ListeningServer): string {
  const known = typeof server.transportId === 'number' ? NAMES[server.transportId] : undefined;
  return known ?? server.constructor.name;
}
