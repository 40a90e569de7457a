import type { EnableOptions } from '../interfaces/maintenance-status.js';
import { describe, InvalidValue, object, oneOf, scopeName, string } from '../validation/check.js';
import type { RouteCall } from './route-call.js';

export type ToggleAction = 'on' | 'off';

const text = string();
const MEMBERS = {
  on: object({
    reason: text,
    startsAt: text,
    endsAt: text,
    scope: scopeName,
    mode: oneOf('full', 'read-only'),
    token: text,
  }),
  off: object({ scope: scopeName, token: text }),
};

/** The parsed body of a POST to a toggle route. */
export interface ToggleBody {
  readonly options: Omit<EnableOptions, 'by'>;
  readonly token: string | undefined;
}

/** @throws InvalidValue that names the wrong member. */
export function parseToggleBody(action: ToggleAction, call: RouteCall): ToggleBody {
  const { token, ...options } = MEMBERS[action](sentMembers(call), '');
  return { options, token };
}

/**
 * The members of a body. A form also sends the fields that were left empty: these count as absent.
 *
 * @throws InvalidValue for a body that the application has not parsed, which must not count as an empty one.
 */
export function sentMembers({ facts: { headers }, body }: RouteCall): unknown {
  if (body === undefined || body === null) {
    const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!isSent) return {};
    throw new InvalidValue('body', 'JSON or a form', describe(headers['content-type'] ?? 'no content type'));
  }
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  return isForm && typeof body === 'object'
    ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''))
    : body;
}
