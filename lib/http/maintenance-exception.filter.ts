import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import { MaintenanceException } from '../response/maintenance.exception.js';
import { Integrations } from './integration.js';

/**
 * Turns a `MaintenanceException` into the page, the problem details or the redirect. Registered for the whole application
 * by the module, after the application's own global filters, so that Nest tries it first.
 *
 * @publicApi
 */
@Injectable()
@Catch(MaintenanceException)
export class MaintenanceExceptionFilter implements ExceptionFilter<MaintenanceException> {
  /** @internal Nest makes it. */
  constructor(private readonly integrations: Integrations) {}

  catch(exception: MaintenanceException, host: ArgumentsHost): MaintenanceException | undefined {
    // GraphQL and other transports send the error that a filter returns.
    if (host.getType() !== 'http') return exception;
    const { statusCode, allHeaders: headers, body } = exception.answer;
    const response: unknown = host.switchToHttp().getResponse();
    this.integrations.host.bridge.send(response, { statusCode, headers, body });
    return undefined;
  }
}
