import assert from 'node:assert/strict';
import type { MaintenanceStorage, StoredRecord } from '../contracts/maintenance-storage.js';
import { assertConflict, contentOf, textIn } from './assertions.js';
import type { Place } from './storage-under-test.js';

const WRITERS = 8;

export async function hasVersions({ connect }: Place): Promise<void> {
  const storage = await connect();
  const versions = new Set<string>();
  for (const text of ['first', 'second', 'third']) {
    const { version } = await storage.write(text);
    assert.deepEqual(contentOf(await storage.read()), [text, version], 'read gives what write has returned');
    if (!storage.atomic) continue;
    assert.ok(typeof version === 'string', 'an atomic storage has versions');
    assert.ok(!versions.has(version), 'each write has a version of its own');
    versions.add(version);
  }
}

export async function comparesVersions({ connect }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  const stale = await storage.write('stale');
  const current = await other.write('current');
  await isRefused(storage, stale.version, current);
  await storage.write('expected', (await storage.read())?.version);
  assert.equal(await textIn(other), 'expected', 'a write that expects the right version is made');
  await storage.write('unconditional');
  assert.equal(await textIn(other), 'unconditional', 'a write that expects nothing in particular is made');
}

export async function comparesWithNothing({ connect }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  // Where nothing is stored, a version is as wrong as null is where something is.
  if (storage.atomic) await isRefused(storage, 'no-such-version', null);
  const first = await storage.write('first', null);
  assert.equal(await textIn(other), 'first', 'a write that expects nothing is made where nothing is stored');
  await isRefused(other, null, first);
}

export async function letsOneWin({ connect }: Place, before: string | null): Promise<void> {
  const reader = await connect();
  const expected = before === null ? null : (await reader.write(before)).version;
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect()));
  const texts = writers.map((_, index) => `${index}`.repeat(10_000));
  const results = await Promise.allSettled(
    writers.map((writer, index) => writer.write(texts[index] ?? '', expected)),
  );
  const written = texts.filter((_, index) => results[index]?.status === 'fulfilled');
  for (const result of results) if (result.status === 'rejected') assertConflict(result.reason);
  assert.equal(
    written.length,
    reader.atomic ? 1 : WRITERS,
    'how many writers were told that they have written',
  );
  assert.ok(
    written.includes(await textIn(reader)),
    'what is stored is the text of a writer that was told so, whole',
  );
}

/** A write with a version that is not the stored one: refused, and nothing changed; or made, where it says so. */
async function isRefused(
  storage: MaintenanceStorage,
  expected: string | null,
  stored: StoredRecord | null,
): Promise<void> {
  if (storage.atomic) {
    await assert.rejects(storage.write('refused', expected), assertConflict);
    assert.deepEqual(contentOf(await storage.read()), contentOf(stored), 'a refused write changes nothing');
  } else {
    await storage.write('the last one wins', expected);
    assert.equal(await textIn(storage), 'the last one wins');
  }
}
