import { Logger } from '@nestjs/common';
import { type MicroserviceServer, onListen, transportName } from '../../internals/nest-microservices.js';
import type { RouteRule } from '../../policy/route-rules.js';

/** Says at boot, once, over which transports an event of a blocked handler is lost. */
export class LostEvents {
  readonly #logger = new Logger('MaintenanceMode');
  readonly #atRisk = new Set<string>();
  #isPlanned = false;

  /** @param rules of the event handlers of a server that keeps nothing; asked when it begins to listen. */
  watch(server: MicroserviceServer, rules: () => Iterable<RouteRule>): void {
    onListen(server, () => {
      if ([...rules()].some(({ kind }) => isBlockedAtTimes(kind))) this.#add(transportName(server));
    });
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
