import { HttpException } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { Answer } from './problem.js';

/** A string, so that another copy of this package recognises it. */
const BRAND = 'MAINTENANCE_ACTIVE';

/**
 * Thrown instead of running a handler during maintenance. Its HTTP status is `response.statusCode` (503 by default); its
 * response is the body that JSON clients receive.
 *
 * @publicApi
 */
export class MaintenanceException extends HttpException {
  readonly code = BRAND;

  /** @internal Created by the guard. */
  constructor(
    /** The status that blocks the request. */
    readonly maintenance: MaintenanceStatus,
    /** The response for the client. */
    readonly answer: Answer,
  ) {
    super(answer.problem, answer.problem.statusCode);
  }

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
  return error instanceof Error && 'code' in error && error.code === BRAND;
}
