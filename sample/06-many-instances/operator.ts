import type { Request } from 'express';

/** The operator of the shop, who may turn maintenance on and off: by this token. A real application has users. */
export const OPERATOR_TOKEN = 'only-for-this-sample';

export function operatorOf(request: Request): { id: string; isSuperuser: true } | null {
  const isOperator = request.headers.authorization === `Bearer ${OPERATOR_TOKEN}`;
  return isOperator ? { id: 'operator', isSuperuser: true } : null;
}
