import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpPlatformHost } from '../http-platform-host.js';
import { SealedResponse } from './sealed-response.js';

/** The responses of requests that the gate has left to the guard. */
@Injectable()
export class SealedResponses {
  readonly #sealed = new WeakMap<ServerResponse, SealedResponse>();

  constructor(private readonly platformHost: HttpPlatformHost) {}

  seal(
    response: ServerResponse,
    ...how: RestOf<ConstructorParameters<typeof SealedResponse>>
  ): SealedResponse {
    const sealed = new SealedResponse(response, ...how);
    this.#sealed.set(response, sealed);
    return sealed;
  }

  of(response: ServerResponse): SealedResponse | undefined {
    return this.#sealed.get(response);
  }

  /** Called when it is decided that the handler runs. */
  open(response: object): void {
    this.of(this.platformHost.platform.door.rawResponse(response))?.open();
  }
}

type RestOf<T extends readonly unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;
