import type { Request } from 'express';

/** Who runs the shop, and may turn maintenance on and off: whoever knows this token. An application has users instead. */
export const OPERATOR_TOKEN = 'only-for-this-sample';

export function operatorOf(request: Request): { id: string; isSuperuser: true } | null {
  const isOperator = request.headers.authorization === `Bearer ${OPERATOR_TOKEN}`;
  return isOperator ? { id: 'operator', isSuperuser: true } : null;
}
