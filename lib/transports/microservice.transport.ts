import type { ExecutionContext } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { MaintenanceException } from '../response/maintenance.exception.js';
import { microserviceError } from './microservice-error.js';
import { microserviceHandlers } from './microservice-handlers.js';
import { grpcRefusal } from './microservices/grpc-call.js';
import { LateRefusals } from './microservices/late-refusals.js';
import type { Transport } from './transport.js';

type RpcExceptionClass = new (error: object) => Error;

/**
 * What the guard says in a microservice. It has the last word where {@link MicroserviceDoor} has let a call in and
 * maintenance has begun since.
 *
 * Null for an application that has no message handlers: it may not have @nestjs/microservices either.
 */
export async function microserviceTransport(modules: ModulesContainer): Promise<Transport | null> {
  if (microserviceHandlers(modules).length === 0) return null;
  // Nest knows it by its class, so it has to be Nest's own.
  const { RpcException } = await import('@nestjs/microservices');
  return new MicroserviceTransport(RpcException);
}

class MicroserviceTransport implements Transport {
  readonly type = 'rpc';

  constructor(private readonly RpcException: RpcExceptionClass) {}

  /** Nobody knows who sends a message, or whether it only reads. */
  facts(): null {
    return null;
  }

  refusal({ answer }: MaintenanceException, context: ExecutionContext): Error {
    const args = context.getArgs<unknown[]>();
    LateRefusals.add(args);
    return new this.RpcException(grpcRefusal(answer.problem, args) ?? microserviceError(answer.problem));
  }
}
