import {
  boolean,
  type Check,
  integer,
  nullable,
  object,
  oneOf,
  scopeName,
  string,
} from '../validation/check.js';
import { drainOption, YEAR_SECONDS } from '../options/option-checks.js';
import { allowed, MAX_NAME_LENGTH } from './record-members.js';
import { givenReason, MAX_REASON_LENGTH, reasonsByLanguage } from './reasons.js';

const asIs: Check<unknown> = (value) => value;

const who = {
  scope: nullable(scopeName),
  by: nullable(string({ max: MAX_NAME_LENGTH })),
  note: nullable(string({ max: MAX_REASON_LENGTH })),
};

/** Members that only a status has: it can be given back. */
const ofStatus = {
  state: oneOf('off', 'scheduled', 'active'),
  reasons: nullable(reasonsByLanguage),
  announced: asIs,
  updatedAt: asIs,
  revision: asIs,
  stale: asIs,
};

const setting = {
  ...who,
  reason: nullable(givenReason),
  // Dates have errors of their own.
  startsAt: asIs,
  endsAt: asIs,
  announceFrom: asIs,
  mode: nullable(oneOf('full', 'read-only')),
  allow: nullable(allowed),
};

export const enableOptions = object({ ...setting, ...ofStatus, drain: drainOption });

export const updateOptions = object({ ...setting, ...ofStatus });

export const extendOptions = object({ ...who, ms: integer(1, YEAR_SECONDS * 1000) });

export const disableOptions = object({ ...who, all: boolean, startsAt: asIs, endsAt: asIs });

export const secretOptions = object({ by: who.by });

export const historyOptions = object({ limit: integer(0, Number.MAX_SAFE_INTEGER) });
