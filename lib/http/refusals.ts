import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { MaintenanceException } from '../response/maintenance.exception.js';
import { Responder } from '../response/responder.js';
import { HttpPlatformHost } from './http-platform-host.js';

/** Makes the exception for a blocked request. */
@Injectable()
export class Refusals {
  constructor(
    private readonly responder: Responder,
    private readonly platformHost: HttpPlatformHost,
  ) {}

  /** The headers are set here, so that they are there whichever filter answers. */
  refuse(status: MaintenanceStatus, facts: RequestFacts, response: unknown): MaintenanceException {
    const answer = this.responder.answer(facts, status);
    this.platformHost.platform.setHeaders(response, answer.headers);
    return new MaintenanceException(status, answer);
  }

  /** For a message that is no HTTP request: there is nothing known of it, and no headers. */
  refuseMessage(status: MaintenanceStatus): MaintenanceException {
    return new MaintenanceException(status, this.responder.answer(null, status));
  }
}
