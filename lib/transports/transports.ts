import { Inject, Injectable } from '@nestjs/common';
import { TRANSPORTS } from '../interfaces/tokens.js';
import type { Transport } from './transport.js';

/** Finds the transport of a call. */
@Injectable()
export class Transports {
  readonly #byType: ReadonlyMap<string, Transport>;

  constructor(@Inject(TRANSPORTS) transports: readonly Transport[]) {
    this.#byType = new Map(transports.map((transport) => [transport.type, transport]));
  }

  /** Undefined for one that is not known here. */
  of(type: string): Transport | undefined {
    return this.#byType.get(type);
  }
}
