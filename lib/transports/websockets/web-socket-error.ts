import type { MaintenanceProblem } from '../../response/problem.js';
import { memberOf } from '../../validation/member.js';

/** What tells a maintenance error from others, in what a client gets. */
const CODE = 'MAINTENANCE';

/**
 * What a client of a gateway is told, in the form of Nest's own errors (`status: 'error'`), with the values of the problem
 * details that HTTP clients get.
 */
export interface WebSocketError {
  readonly status: 'error';
  readonly code: typeof CODE;
  readonly message: string;
  readonly [member: string]: unknown;
}

/** @param pattern the message that was not handled, as Nest says it. */
export function webSocketError(problem: MaintenanceProblem, pattern?: string): WebSocketError {
  const { type: _type, title: _title, status: _status, error: _error, detail, ...values } = problem;
  return {
    ...values,
    status: 'error',
    code: CODE,
    message: detail,
    ...(pattern !== undefined && { cause: { pattern } }),
  };
}

export function isWebSocketError(error: unknown): error is WebSocketError {
  return memberOf(error, 'code') === CODE && memberOf(error, 'status') === 'error';
}
