import { MaintenanceException } from '../../response/maintenance.exception.js';
import type { MaintenanceProblem } from '../../response/problem.js';

/** What `extensions.code` says to the client. */
const CODE = 'MAINTENANCE';

/** Of the problem details, what a GraphQL error does not say elsewhere. */
export type MaintenanceExtensions = Omit<
  MaintenanceProblem,
  'type' | 'title' | 'status' | 'detail' | 'message' | 'error'
> & { readonly code: typeof CODE };

/** The exception of a blocked field. GraphQL servers take `message` and `extensions` of what a resolver throws. */
export class GraphqlMaintenanceException extends MaintenanceException {
  readonly extensions: MaintenanceExtensions;

  constructor({ maintenance, answer }: MaintenanceException) {
    super(maintenance, answer);
    const {
      type: _type,
      title: _title,
      status: _status,
      detail,
      message: _message,
      error: _error,
      ...rest
    } = answer.problem;
    this.extensions = { code: CODE, ...rest };
    this.name = MaintenanceException.name;
    this.message = detail;
    // Apollo sends it to the client in development, and it says only how the resolver was called.
    this.stack = `${this.name}: ${this.message}`;
    // Nest's Apollo driver makes an INTERNAL_SERVER_ERROR of whatever has the status of an HttpException.
    Object.defineProperty(this, 'status', { value: undefined });
  }

  override getStatus(): number {
    return this.answer.statusCode;
  }
}
