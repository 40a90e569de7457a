import { createHash } from 'node:crypto';
import { MaintenanceWindowError } from '../errors.js';
import { entriesOf, entryOf, type IssuedSecret, type MaintenanceRecord } from './maintenance-record.js';
import { nothingIsOn, type RecordChange } from './changes.js';
import { stateAt } from './window.js';
import { checkRoomForScopes } from './record-format.js';
import { MAX_SECRETS } from './record-members.js';

/** An issued secret that is valid now. */
export interface ValidSecret {
  /** `hashOfSecret` of it. */
  readonly hash: string;
  /** Whether it lets clients through what blocks this scope; null: the application. */
  readonly covers: (scope: string | null) => boolean;
}

/** The change that adds a bypass secret for what is on or scheduled now. */
export function addSecret(secret: string, by: string | null): RecordChange {
  const hash = hashOfSecret(secret);
  return (record, { now }) => {
    const on = entriesOf(record).filter(([, entry]) => stateAt(entry, now) !== 'off');
    if (on.length === 0) throw nothingIsOn(null);
    const valid = secretsSince(record, record, now);
    if (valid.length >= MAX_SECRETS) {
      throw new MaintenanceWindowError(
        `${MAX_SECRETS} bypass secrets are valid already, and no more can be issued until this maintenance ends: share one of them.`,
      );
    }
    const issued = { hash, by, at: now, scopes: on.map(([scope]) => scope) };
    const added = { ...record, secrets: [...valid, issued] };
    checkRoomForScopes(added);
    return added;
  };
}

/** The secrets of a record that follows another one. Each loses the scopes that are off in one of the two. */
export function secretsSince(
  record: MaintenanceRecord,
  before: MaintenanceRecord,
  now: number,
): readonly IssuedSecret[] {
  const isOn = (scope: string | null): boolean =>
    [before, record].every((either) => stateAt(entryOf(either, scope), now) !== 'off');
  return record.secrets
    .map((secret) => ({ ...secret, scopes: secret.scopes.filter(isOn) }))
    .filter(({ scopes }) => scopes.length > 0);
}

/** The secrets that are valid at a time. One for the application also covers scopes while that is active. */
export function validSecrets(record: MaintenanceRecord, now: number): readonly ValidSecret[] {
  const isActive = stateAt(record.application, now) === 'active';
  return secretsSince(record, record, now).map(({ hash, scopes }) => ({
    hash,
    covers: (scope) => scopes.includes(scope) || (isActive && scopes.includes(null)),
  }));
}

/** As it is stored. The secret is random and long, so its digest needs no salt. */
export function hashOfSecret(secret: string | Buffer): string {
  return createHash('sha256').update(secret).digest('base64url');
}
