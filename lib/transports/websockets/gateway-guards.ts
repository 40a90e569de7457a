import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';

/** What Nest reads the guards of a class from: those of `@UseGuards()`. */
const GUARDS = '__guards__';

/** The guard of the application that a connection belongs to. */
const guards = new WeakMap<object, CanActivate>();

/**
 * NestJS 11 runs no global guards for gateways, so this one stands in their classes. A class may serve several applications
 * of one process; a connection belongs to one, and where that has no maintenance mode this guard says nothing.
 */
const gatewayGuard: CanActivate = {
  canActivate: (context: ExecutionContext) =>
    guards.get(context.getArgByIndex<object>(0))?.canActivate(context) ?? true,
};

/** Before Nest reads it: makes the class ask the guard of its connection's application, before its own guards. */
export function askGuard(type: Type): void {
  const known = (Reflect.getMetadata(GUARDS, type) as unknown[] | undefined) ?? [];
  if (!known.includes(gatewayGuard)) Reflect.defineMetadata(GUARDS, [gatewayGuard, ...known], type);
}

export function guardConnection(client: object, guard: CanActivate): void {
  guards.set(client, guard);
}
