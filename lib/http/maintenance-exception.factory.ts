import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { MaintenanceException } from '../response/maintenance.exception.js';
import { Responder } from '../response/responder.js';
import { AdapterBridgeHost } from './adapter-bridge-host.js';

/** Makes the exception that is thrown instead of running a handler. */
@Injectable()
export class MaintenanceExceptionFactory {
  constructor(
    private readonly responder: Responder,
    private readonly host: AdapterBridgeHost,
  ) {}

  /** Sets the maintenance headers, so that they are there whichever filter answers. */
  forRequest(status: MaintenanceStatus, facts: RequestFacts, response: unknown): MaintenanceException {
    const answer = this.responder.answer(facts, status);
    this.host.bridge.setHeaders(response, answer.headers);
    return new MaintenanceException(status, answer);
  }

  /** For a message that is not an HTTP request: it negotiates nothing, and has no headers. */
  forMessage(status: MaintenanceStatus): MaintenanceException {
    return new MaintenanceException(status, this.responder.answer(null, status));
  }
}
