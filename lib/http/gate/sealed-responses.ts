import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Answer } from '../../response/answer.js';
import { HttpPlatformHost } from '../http-platform-host.js';
import { SealedResponse } from './sealed-response.js';

/** The responses of requests that the gate has left to the guard. */
@Injectable()
export class SealedResponses {
  readonly #sealed = new WeakMap<ServerResponse, SealedResponse>();

  constructor(private readonly platformHost: HttpPlatformHost) {}

  seal(response: ServerResponse, answer: () => Answer | null): void {
    this.#sealed.set(response, new SealedResponse(response, answer));
  }

  has(response: ServerResponse): boolean {
    return this.#sealed.has(response);
  }

  /** Called by who has decided that the handler runs. */
  open(response: object): void {
    this.#sealed.get(this.platformHost.platform.door.rawResponse(response))?.open();
  }
}
