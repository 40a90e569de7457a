import { createHash } from 'node:crypto';
import { entriesOf } from './maintenance-record.js';
import { nothingIsOn, type RecordChange } from './record-change.js';
import { checkRoomForScopes } from './record-format.js';
import { MAX_SECRETS } from './record-members.js';
import { stateAt } from './stages.js';

/** The change that adds a bypass secret, which is valid until everything that is on or scheduled now has ended. */
export function addSecret(secret: string, by: string | null): RecordChange {
  const hash = hashOfSecret(secret);
  return (record, { now }) => {
    const on = entriesOf(record).filter(([, entry]) => stateAt(entry, now) !== 'off');
    if (on.length === 0) throw nothingIsOn(null);
    const issued = { hash, by, at: now, scopes: on.map(([scope]) => scope) };
    const added = { ...record, secrets: [...record.secrets, issued].slice(-MAX_SECRETS) };
    checkRoomForScopes(added);
    return added;
  };
}

/** As it is stored. The secret is random and long, so its digest needs no salt. */
export function hashOfSecret(secret: string | Buffer): string {
  return createHash('sha256').update(secret).digest('base64url');
}
