import type { MaintenanceProblem } from '../response/problem.js';

/** What the client of a microservice is told. `status` is Nest's word for it; the number is in `statusCode`. */
export interface MicroserviceError extends Omit<MaintenanceProblem, 'status'> {
  readonly status: 'error';
  readonly code: 'MAINTENANCE';
}

export function microserviceError(problem: MaintenanceProblem): MicroserviceError {
  return { ...problem, status: 'error', code: 'MAINTENANCE' };
}
