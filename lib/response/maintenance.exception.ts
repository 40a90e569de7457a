import { HttpException } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { Answer } from './problem.js';

/** By this code exceptions of another copy of this package are known. */
const CODE = 'MAINTENANCE_ACTIVE';

/**
 * Thrown instead of running a handler while maintenance holds. Its HTTP status is 503, or what `response.statusCode`
 * says; its response is the body that JSON clients get.
 *
 * @publicApi
 */
export class MaintenanceException extends HttpException {
  readonly code = CODE;

  /** @internal For the filter: that of one copy of this package catches exceptions of the others. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && 'code' in value && value.code === CODE;
  }

  /** @internal Made by the guard. */
  constructor(
    /** What blocked. */
    readonly maintenance: MaintenanceStatus,
    /** @internal What the client is to get. */
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
  return error instanceof MaintenanceException;
}
