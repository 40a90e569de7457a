import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { types } from 'node:util';
import type { MaintenanceStorage, StoredRecord } from './interfaces/maintenance-storage.js';

export type { MaintenanceStorage, StoredRecord };

/** What the suite needs of a test framework: two functions, as in Jest, Vitest and node:test. @publicApi */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): void;
  /** Adds a test, with the milliseconds after which it fails, which `node:test` and Mocha ignore. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): void;
  /** How long one test may take at most, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['JSON', '{"version":1,"revision":7,"application":{"state":"on"}}'],
  ['line breaks and spaces at its ends', '\n  {\r\n\t"a": "b"\n}\n\n'],
  ['characters beyond ASCII', '{"reason":"Wartung für 20 €, メンテナンス中, 🛠️"}'],
  ['100 kB', JSON.stringify({ reason: 'x'.repeat(100_000) })],
];

const TESTS: readonly (readonly [title: string, test: (place: Place) => Promise<void>])[] = [
  ['says its name and what it can do', saysWhatItIs],
  ['reads null if nothing was ever stored', readsNothing],
  ...TEXTS.map(([what, text]) => [`keeps ${what} as it is`, (place: Place) => keeps(place, text)] as const),
  ['replaces the text, and appends nothing', replaces],
  ['reads what another connection has written', readsOthers],
  ['keeps the text when it is closed', outlivesClose],
  ['has another version after each write, if it is atomic', hasVersions],
  ['refuses a write that expects another version, or says that it is not atomic', comparesVersions],
  ['refuses a write that expects nothing if something is stored, or is not atomic', comparesWithNothing],
  ['lets one of several first writers win', (place) => letsOneWin(place, null)],
  ['lets one of several writers over the same text win', (place) => letsOneWin(place, 'before')],
  ['gives readers whole texts while it is written', givesWholeTexts],
  ['calls a watcher when another connection has written, if it can watch', tellsWatchers],
  ['does not call a watcher after it was stopped, if it can watch', stopsTelling],
  ['can be closed twice', closesTwice],
  ['rejects with an Error if its place cannot be reached', rejectsUnreachable],
];

/**
 * Declares the tests that every storage passes, each with a fresh place.
 *
 * @param name of the storage, in the names of the tests.
 * @param open makes a new, empty place; called for each test.
 * @param runner the `describe` and `it` of the test framework, and how long a test may take.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
 *
 * describeMaintenanceStorage('MyStorage', () => {
 *   const key = randomUUID();
 *   return { connect: () => new MyStorage(client, key), dispose: () => client.delete(key) };
 * }, { describe, it });
 * ```
 * @publicApi
 */
export function describeMaintenanceStorage(
  name: string,
  open: () => StorageUnderTest | Promise<StorageUnderTest>,
  runner: TestRunner,
): void {
  const { timeoutMs = TIME_LIMIT_MS } = runner;
  runner.describe(`${name} keeps the contract of a storage`, () => {
    for (const [title, test] of TESTS) {
      // A storage that hangs is still closed before the framework gives the test up.
      runner.it(title, () => inFreshPlace(open, test, timeoutMs), 2 * timeoutMs);
    }
  });
}

const ROUNDS = 40;

async function saysWhatItIs({ connect }: Place): Promise<void> {
  const { name, atomic, missing, location } = await connect();
  assert.equal(typeof name, 'string', 'name is a string');
  assert.notEqual(name.trim(), '', 'name is not empty');
  assert.equal(typeof atomic, 'boolean', 'atomic is true or false');
  assert.ok([undefined, 'off', 'lost'].includes(missing), 'missing is "off" or "lost", or absent');
  assert.ok(['undefined', 'string'].includes(typeof location), 'location is a string, or absent');
}

async function readsNothing({ connect }: Place): Promise<void> {
  const storage = await connect();
  assert.equal(await storage.read(), null);
  assert.equal(await storage.read(), null, 'reading stores nothing');
  assert.equal(await (await connect()).read(), null, 'reading stores nothing for others');
}

async function keeps({ connect }: Place, text: string): Promise<void> {
  const storage = await connect();
  const written = await storage.write(text);
  assert.equal(written?.text, text, 'write returns what it has stored');
  assert.equal(await textIn(storage), text);
}

async function replaces({ connect }: Place): Promise<void> {
  const storage = await connect();
  for (const text of ['a long first text', 'short', '', 'short again']) {
    await storage.write(text);
    assert.equal(await textIn(storage), text);
  }
}

async function readsOthers({ connect }: Place): Promise<void> {
  const [one, other] = [await connect(), await connect()];
  for (const text of ['first', 'second']) {
    await one.write(`${text} of one`);
    assert.equal(await textIn(other), `${text} of one`);
    await other.write(`${text} of the other`);
    assert.equal(await textIn(one), `${text} of the other`);
  }
}

async function outlivesClose({ connect }: Place): Promise<void> {
  const storage = await connect();
  await storage.write('kept');
  await storage.close?.();
  assert.equal(await textIn(await connect()), 'kept');
}

async function givesWholeTexts({ connect }: Place): Promise<void> {
  const [writer, ...readers] = [await connect(), await connect(), await connect()];
  const texts = ['a'.repeat(100_000), 'b'.repeat(30_000)];
  await writer.write(texts[0] ?? '');
  const progress = { done: false };
  const reading = readers.map(async (reader) => {
    while (!progress.done) {
      const text = await textIn(reader);
      assert.ok(texts.includes(text), `a reader got ${text.length} characters that were never written`);
      await nextTurn();
    }
  });
  const writes = async (): Promise<void> => {
    for (let round = 1; round <= ROUNDS; round += 1) await writer.write(texts[round % 2] ?? '');
  };
  await Promise.all([writes().finally(() => (progress.done = true)), ...reading]);
}

const WRITERS = 8;

async function hasVersions({ connect }: Place): Promise<void> {
  const storage = await connect();
  const versions = new Set<string>();
  for (const text of ['first', 'second', 'third']) {
    const { version } = await storage.write(text);
    assert.deepEqual(contentOf(await storage.read()), [text, version], 'read gives what write has returned');
    if (!storage.atomic) continue;
    assert.ok(typeof version === 'string', 'an atomic storage has versions');
    assert.ok(!versions.has(version), 'each write has another version');
    versions.add(version);
  }
}

async function comparesVersions({ connect }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  const stale = await storage.write('stale');
  const current = await other.write('current');
  await isRefused(storage, stale.version, current);
  await storage.write('expected', (await storage.read())?.version);
  assert.equal(await textIn(other), 'expected', 'a write that expects the right version is made');
  await storage.write('unconditional');
  assert.equal(await textIn(other), 'unconditional', 'a write that expects nothing in particular is made');
}

async function comparesWithNothing({ connect }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  // If nothing is stored, any version is wrong, as null is if something is stored.
  if (storage.atomic) await isRefused(storage, 'no-such-version', null);
  const first = await storage.write('first', null);
  assert.equal(await textIn(other), 'first', 'a write that expects nothing is made where nothing is stored');
  await isRefused(other, null, first);
}

async function letsOneWin({ connect }: Place, before: string | null): Promise<void> {
  const reader = await connect();
  const expected = before === null ? null : (await reader.write(before)).version;
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect()));
  const texts = writers.map((_, index) => `${index}`.repeat(10_000));
  const results = await Promise.allSettled(
    writers.map((writer, index) => writer.write(texts[index] ?? '', expected)),
  );
  const written = texts.filter((_, index) => results[index]?.status === 'fulfilled');
  for (const result of results) if (result.status === 'rejected') assertConflict(result.reason);
  assert.equal(written.length, reader.atomic ? 1 : WRITERS, 'how many writes have succeeded');
  assert.ok(
    written.includes(await textIn(reader)),
    'the stored text is the whole text of a write that succeeded',
  );
}

/** A write that expects another version than the stored one: refused without a change if the storage is atomic, otherwise made. */
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

async function tellsWatchers({ connect, watch }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  const watching = await watch(storage);
  if (!watching) return;
  for (const text of ['first', 'second', 'third']) {
    const { calls } = watching;
    await other.write(text);
    await watching.calledAfter(calls);
    assert.equal(await textIn(storage), text, 'a watcher can read what it was called for');
  }
}

async function stopsTelling({ connect, watch }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  const [stopped, going] = [await watch(storage), await watch(storage)];
  if (!stopped || !going) return;
  await stopped.stop();
  const callsWhenStopped = stopped.calls;
  // When the other watcher was called for the later writes, the stopped one would have been called for the first.
  for (const text of ['first', 'second', 'third']) {
    const { calls } = going;
    await other.write(text);
    await going.calledAfter(calls);
  }
  assert.equal(stopped.calls, callsWhenStopped, 'a watcher was called after it was stopped');
}

async function closesTwice({ connect }: Place): Promise<void> {
  const storage = await connect();
  await storage.write('text');
  await storage.close?.();
  await storage.close?.();
}

async function rejectsUnreachable({ connectBroken }: Place): Promise<void> {
  const storage = await connectBroken();
  if (!storage) return;
  for (const call of [() => storage.read(), () => storage.write('text')]) {
    await assert.rejects(call, (error) => {
      assertError(error);
      return error.message !== '';
    });
  }
}

async function textIn(storage: MaintenanceStorage): Promise<string> {
  const stored = await storage.read();
  assert.ok(stored !== null && stored !== undefined, 'nothing is stored after a write');
  return stored.text;
}

/** Only the members of the contract: a storage may return more, and objects of its own classes. */
function contentOf(stored: StoredRecord | null): readonly [text: string, version: string | null] | null {
  return stored === null ? null : [stored.text, stored.version];
}

/** Also of another realm: Jest's tests have their own `Error`, which Node's errors are not instances of. */
function assertError(value: unknown): asserts value is Error {
  assert.ok(types.isNativeError(value), 'what it rejects with is an Error');
}

/** By its code: the storage may bring its own copy of this package. */
function assertConflict(error: unknown): true {
  assertError(error);
  assert.equal(Reflect.get(error, 'code'), 'MAINTENANCE_CONFLICT', `it rejected with: ${error.message}`);
  return true;
}

/** A separate place for one test: a directory, a key, a bucket. @publicApi */
export interface StorageUnderTest {
  /**
   * A new storage object for the same place, as in another process. The suite closes it. If the place exists in one process
   * only, it may be the same object.
   */
  connect(): MaintenanceStorage | Promise<MaintenanceStorage>;
  /** A storage whose place cannot be reached: a closed port, a path that is not a directory. */
  connectBroken?(): MaintenanceStorage | Promise<MaintenanceStorage>;
  /** Removes the place. Called when everything is closed, also after a failed test. */
  dispose?(): Promise<void>;
}

/** What a test of the suite works with. */
interface Place {
  readonly connect: () => Promise<MaintenanceStorage>;
  /** Null if the author of the storage gave none. */
  readonly connectBroken: () => Promise<MaintenanceStorage | null>;
  /** Counts the calls of a watch; null if the storage has none. */
  readonly watch: (storage: MaintenanceStorage) => Promise<Watch | null>;
}

interface Watch {
  readonly calls: number;
  /** Resolves once there was another call than the first `calls`. */
  calledAfter(calls: number): Promise<void>;
  stop(): Promise<void>;
}

/** It bounds a hang, not how slow a storage may be. */
const TIME_LIMIT_MS = 30_000;
const CLOSE_LIMIT_MS = 2_000;

/** Runs a test in a fresh place, then stops, closes and removes everything in any case. The first failure counts. */
async function inFreshPlace(
  open: () => StorageUnderTest | Promise<StorageUnderTest>,
  test: (place: Place) => Promise<void>,
  timeoutMs: number,
): Promise<void> {
  const underTest = await open();
  const cleanUps: (() => Promise<void>)[] = [async () => underTest.dispose?.()];
  const failures: unknown[] = [];
  const attempt = async (what: string, ms: number, step: () => Promise<void>): Promise<void> => {
    try {
      await within(what, ms, step);
    } catch (error) {
      failures.push(error);
    }
  };
  await attempt('the storage', timeoutMs, () => test(placeOf(underTest, (step) => cleanUps.unshift(step))));
  for (const step of cleanUps) await attempt('closing the storage', CLOSE_LIMIT_MS, step);
  if (failures.length > 0) throw failures[0];
}

function placeOf(underTest: StorageUnderTest, later: (cleanUp: () => Promise<void>) => void): Place {
  const opened = (storage: MaintenanceStorage): MaintenanceStorage => {
    later(async () => storage.close?.());
    return storage;
  };
  return {
    connect: async () => opened(await underTest.connect()),
    connectBroken: async () => (underTest.connectBroken ? opened(await underTest.connectBroken()) : null),
    watch: async (storage) => {
      if (!storage.watch) return null;
      const watch = new CountingWatch();
      const unwatch = await storage.watch(() => watch.called());
      watch.stop = once(unwatch);
      later(watch.stop);
      return watch;
    },
  };
}

class CountingWatch implements Watch {
  calls = 0;
  stop = async (): Promise<void> => undefined;
  #waiting: { readonly calls: number; readonly resolve: () => void }[] = [];

  called(): void {
    this.calls += 1;
    for (const { calls, resolve } of this.#waiting) if (this.calls > calls) resolve();
  }

  async calledAfter(calls: number): Promise<void> {
    if (this.calls > calls) return;
    await new Promise<void>((resolve) => this.#waiting.push({ calls, resolve }));
  }
}

/** The test may have stopped it already, and a storage need not allow that twice. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stop());
}

async function within(what: string, ms: number, step: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([step(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
