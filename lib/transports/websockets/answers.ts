import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { Answer } from '../../response/answer.js';
import { Responder } from '../../response/responder.js';

/** What those get whose connection is refused or closed. They are programs, so it is never the page. */
@Injectable()
export class Answers {
  constructor(private readonly responder: Responder) {}

  of(status: MaintenanceStatus): Answer {
    return this.responder.answer(null, status);
  }
}
