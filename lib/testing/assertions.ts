import assert from 'node:assert/strict';
import { types } from 'node:util';
import type { MaintenanceStorage, StoredRecord } from '../contracts/maintenance-storage.js';

export async function textIn(storage: MaintenanceStorage): Promise<string> {
  const stored = await storage.read();
  assert.ok(stored !== null && stored !== undefined, 'nothing is stored after a write');
  return stored.text;
}

/** A storage may return more members than the contract has, and objects of classes of its own. */
export function contentOf(
  stored: StoredRecord | null,
): readonly [text: string, version: string | null] | null {
  return stored === null ? null : [stored.text, stored.version];
}

/** Also one of another realm: Jest's tests have an `Error` of their own, and Node's are none of those. */
export function assertError(value: unknown): asserts value is Error {
  assert.ok(types.isNativeError(value), 'what it rejects with is an Error');
}

/** Known by its code: the storage may bring its own copy of this package. */
export function assertConflict(error: unknown): true {
  assertError(error);
  assert.equal(Reflect.get(error, 'code'), 'MAINTENANCE_CONFLICT', `it rejected with: ${error.message}`);
  return true;
}
