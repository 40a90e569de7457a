import { STATUS_CODES } from 'node:http';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';

/** RFC 9457 problem details with the members of Nest's own error body. @publicApi */
export interface MaintenanceProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly statusCode: number;
  readonly message: string;
  readonly error: string;
  /** Tells maintenance from other errors with the same status. */
  readonly code: 'MAINTENANCE';
  readonly reason: string | null;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly retryAfter: number | null;
  readonly mode: 'full' | 'read-only';
  readonly scope: string | null;
  /** Members of `response.context`. */
  readonly [member: string]: string | number | boolean | null;
}

/** The values in pages and problem details; times as ISO 8601. */
export interface AnswerValues {
  readonly reason: string | null;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly retryAfter: number | null;
  readonly statusCode: number;
  readonly mode: 'full' | 'read-only';
  readonly scope: string | null;
}

export function answerValues(
  status: MaintenanceStatus,
  reason: string | null,
  statusCode: number,
  retryAfter: number | null,
): AnswerValues {
  return {
    reason,
    startsAt: status.startsAt?.toISOString() ?? null,
    endsAt: status.endsAt?.toISOString() ?? null,
    retryAfter,
    statusCode,
    mode: status.mode,
    scope: status.scope,
  };
}

/** The values of this package override those of `response.context`. */
export function toProblem(
  { statusCode, ...values }: AnswerValues,
  context: Readonly<Record<string, string | number | boolean | null>>,
  type: string,
): MaintenanceProblem {
  const title = STATUS_CODES[statusCode] ?? 'Maintenance';
  const detail =
    values.reason ??
    (values.mode === 'read-only'
      ? 'Read-only for maintenance: nothing can be changed at the moment.'
      : 'Down for maintenance.');
  return {
    ...context,
    type,
    title,
    status: statusCode,
    detail,
    statusCode,
    message: detail,
    error: title,
    code: 'MAINTENANCE',
    ...values,
  };
}

/** A maintenance response, ready to be sent. */
export interface Answer {
  readonly statusCode: number;
  /** The headers of every maintenance response, also if another filter writes the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** `headers`, and those that describe `body`. */
  readonly allHeaders: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The problem details, for filters of the application. */
  readonly problem: MaintenanceProblem;
}

/** What views can tell visitors: a window that is announced, or read-only maintenance that is active. @publicApi */
export interface MaintenanceNotice {
  /** False while read-only maintenance is active. */
  readonly announced: boolean;
  readonly mode: 'full' | 'read-only';
  readonly reason: string | null;
  /** ISO 8601 in UTC. */
  readonly startsAt: string | null;
  /** ISO 8601 in UTC. */
  readonly endsAt: string | null;
}

/** Null if there is nothing to tell on the pages of the application. */
export function noticeOf(status: MaintenanceStatus): MaintenanceNotice | null {
  const { state, announced, mode, reason, startsAt, endsAt } = status;
  if (!announced && !(state === 'active' && mode === 'read-only')) return null;
  return {
    announced,
    mode,
    reason,
    startsAt: startsAt?.toISOString() ?? null,
    endsAt: endsAt?.toISOString() ?? null,
  };
}
