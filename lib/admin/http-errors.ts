import {
  BadRequestException,
  ConflictException,
  HttpException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { MaintenanceError } from '../errors.js';
import { InvalidValue } from '../validation/check.js';

/** Runs work and throws the HTTP errors for errors of this package; other errors stay as they are. */
export async function withHttpErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw httpError(error);
  }
}

function httpError(error: unknown): unknown {
  if (error instanceof HttpException) return error;
  if (error instanceof InvalidValue)
    return new BadRequestException(`${error.path === '' ? 'body' : error.path}: ${error.message}`);
  if (!(error instanceof MaintenanceError)) return error;
  switch (error.code) {
    case 'MAINTENANCE_FORCED':
    case 'MAINTENANCE_CONFLICT':
      return new ConflictException(error.message, { cause: error });
    case 'MAINTENANCE_OPTIONS':
    case 'MAINTENANCE_WINDOW':
      // A body has the member `reason`, and not `enable.reason`.
      return new BadRequestException(error.message.replace(/^(?:enable|update|disable)\./, ''), {
        cause: error,
      });
    default:
      return new ServiceUnavailableException(error.message, { cause: error });
  }
}
