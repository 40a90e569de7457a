import { type CanActivate, type ExecutionContext, Injectable, Scope } from '@nestjs/common';

export interface NamedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  user?: unknown;
}

/** Who asks, for tests that need no real authentication. */
export const SAM = { 'X-Name': 'sam' } as const;
export const UMA = { 'X-Name': 'uma' } as const;

/** sam is staff. */
export function userOf({ headers }: NamedRequest): unknown {
  const id = headers['x-name'];
  return id === undefined ? null : { id, isStaff: id === 'sam' };
}

/** Sets `request.user`; turns away `banned` and fails at `crash`. */
@Injectable()
export class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<NamedRequest>();
    if (request.headers['x-name'] === 'crash') throw new Error('crash');
    request.user = userOf(request);
    return request.headers['x-name'] !== 'banned';
  }
}

@Injectable({ scope: Scope.REQUEST })
export class RequestScopedNameGuard extends NameGuard {}
