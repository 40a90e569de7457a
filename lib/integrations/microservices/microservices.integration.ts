import type { ExecutionContext } from '@nestjs/common';
import type { Integration, IntegrationParts } from '../../http/integration.js';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import { grpcError } from './grpc.js';
import { MessageHandlers, microserviceError } from './message-handlers.js';

type RpcExceptionClass = new (error: object) => Error;

/**
 * Message and event handlers. {@link MessageHandlers} decides about them before Nest runs anything; the guard decides again, in
 * case maintenance has begun in between.
 */
export class MicroservicesIntegration implements Integration {
  readonly contextType = 'rpc';
  readonly #handlers: MessageHandlers;

  private constructor(
    private readonly parts: IntegrationParts,
    private readonly RpcException: RpcExceptionClass,
  ) {
    this.#handlers = new MessageHandlers(parts);
  }

  static async create(parts: IntegrationParts): Promise<MicroservicesIntegration> {
    // Nest recognises it by its class, so the package of the application is needed.
    const { RpcException } = await import('@nestjs/microservices');
    return new MicroservicesIntegration(parts, RpcException);
  }

  /** A message does not show its user, or whether it only reads. */
  facts(): null {
    return null;
  }

  refusal(status: MaintenanceStatus, context: ExecutionContext): Error {
    const { problem } = this.parts.responder.exception(null, status).answer;
    const args = context.getArgs<unknown[]>();
    this.#handlers.refusedByGuard(args);
    return new this.RpcException(grpcError(problem, args) ?? microserviceError(problem));
  }
}
