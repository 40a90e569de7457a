import type { DisableOptions, UpdateOptions } from '../interfaces/maintenance-status.js';
import {
  boolean,
  type Check,
  describe,
  InvalidValue,
  listOf,
  nullable,
  object,
  oneOf,
  scopeName,
  string,
} from '../validation/check.js';
import { givenReason } from '../state/reasons.js';
import type { RouteCall } from './route-call.js';

export type ToggleAction = 'on' | 'off' | 'update';

const text = string();
const setting = {
  reason: givenReason,
  note: text,
  startsAt: text,
  endsAt: text,
  announceFrom: text,
  mode: oneOf('full', 'read-only'),
};
const allow = object({ ipAddresses: listOf(text) });
const common = { scope: scopeName, token: text };

const MEMBERS = {
  on: object({ ...setting, ...common, allow }),
  update: object({ ...nullables(setting), ...common, allow: nullable(allow) }),
  off: object({ ...common, all: boolean, note: text }),
};

/** The parsed body of a POST to a toggle route. */
export interface ToggleBody {
  readonly options: Omit<UpdateOptions & DisableOptions, 'by'>;
  readonly token: string | undefined;
}

/** @throws InvalidValue that names the wrong member. */
export function parseToggleBody(action: ToggleAction, call: RouteCall): ToggleBody {
  const { token, ...options } = MEMBERS[action](sentMembers(call), '');
  return { options, token };
}

/**
 * The members of a body. A form has text only, and also sends the fields that were left empty: these count as absent.
 *
 * @throws InvalidValue for a body that the application has not parsed, which must not count as an empty one.
 */
function sentMembers({ facts: { headers }, body }: RouteCall): unknown {
  if (body === undefined || body === null) {
    const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!isSent) return {};
    throw new InvalidValue('body', 'JSON or a form', describe(headers['content-type'] ?? 'no content type'));
  }
  if (typeof body !== 'object' || !isForm(headers['content-type'])) return body;
  const sent = Object.entries(body).filter(([, value]) => value !== '');
  return Object.fromEntries(sent.map(([name, value]) => [name, fromForm(name, value)]));
}

export function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');
}

function fromForm(name: string, value: unknown): unknown {
  // By language only in JSON: not every parser of forms makes objects.
  if (name === 'reason') return text(value, name);
  if (typeof value !== 'string') return value;
  if (name === 'allow') return { ipAddresses: addressList(value) };
  if (name === 'all') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

/** Addresses that were typed, with commas or spaces between them. */
export function addressList(typed: string): string[] {
  return typed.split(/[\s,]+/).filter((address) => address !== '');
}

type Nullables<S extends Record<string, Check<unknown>>> = {
  [K in keyof S]: S[K] extends Check<infer T> ? Check<T | null> : never;
};

/** Null takes a member back to its default. */
function nullables<S extends Record<string, Check<unknown>>>(shape: S): Nullables<S> {
  const entries = Object.entries(shape).map(([name, check]) => [name, nullable(check)]);
  return Object.fromEntries(entries) as Nullables<S>;
}
