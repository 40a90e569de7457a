import { HttpException } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { Answer } from './problem.js';

/** A string, so that another copy of this package recognises it. */
const CODE = 'MAINTENANCE_ACTIVE';

/**
 * Thrown instead of running a handler during maintenance. Its HTTP status is `response.statusCode` (503 by default); its
 * response is the body that JSON clients receive.
 *
 * @publicApi
 */
export class MaintenanceException extends HttpException {
  readonly code = CODE;

  /** @internal For the filter: that of one copy of this package catches exceptions of the others. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && 'code' in value && value.code === CODE;
  }

  /** @internal Created by the guard. */
  constructor(
    /** The status that blocks the request. */
    readonly maintenance: MaintenanceStatus,
    /** @internal The response for the client. */
    readonly answer: Answer,
  ) {
    super(answer.problem, answer.problem.statusCode);
  }

  /** Called by Nest: the message does not depend on the response. */
  override initMessage(): void {
    this.message = 'Maintenance mode is active.';
  }
}

/**
 * Tells a maintenance 503 from a real one, for logs and error reporting.
 *
 * @publicApi
 */
export function isMaintenanceException(error: unknown): error is MaintenanceException {
  return error instanceof MaintenanceException;
}
