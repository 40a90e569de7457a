import type { EnableOptions } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { describe, InvalidValue, object, oneOf, string } from '../validation/check.js';
import { scopeName } from '../validation/scope-name.js';

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

/** What somebody has posted to a toggle route. */
export interface ToggleBody {
  readonly options: Omit<EnableOptions, 'by'>;
  readonly token: string | undefined;
}

/** @throws InvalidValue that says what was not understood. */
export function parseToggleBody(action: 'on' | 'off', { headers }: RequestFacts, body: unknown): ToggleBody {
  const sent = bodyOrNothing(headers, body);
  const { token, ...options } = MEMBERS[action](isForm(headers) ? withoutEmpty(sent) : sent, '');
  return { options, token };
}

function isForm(headers: RequestFacts['headers']): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
}

/** A form sends each of its fields, also those that nobody has filled in. */
function withoutEmpty(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''));
}

/** A body that no parser of the application has read must not count as an empty one. */
function bodyOrNothing(headers: RequestFacts['headers'], body: unknown): unknown {
  if (body !== undefined && body !== null) return body;
  const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!isSent) return {};
  throw new InvalidValue('body', 'JSON or a form', describe(headers['content-type'] ?? 'no content type'));
}
