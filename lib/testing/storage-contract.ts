import {
  comparesVersions,
  comparesWithNothing,
  hasVersions,
  letsOneWin,
  givesWholeTexts,
  keeps,
  outlivesClose,
  readsNothing,
  readsOthers,
  replaces,
  saysWhatItIs,
  closesTwice,
  rejectsUnreachable,
  stopsTelling,
  tellsWatchers,
} from './contract-tests.js';
import { inFreshPlace, type Place, type StorageUnderTest } from './storage-under-test.js';

/** The two functions of a test framework that the suite needs, as in Jest, Vitest and node:test. @publicApi */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): void;
  /** Adds a test. */
  it(name: string, body: () => Promise<void>): void;
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
 * @param runner the `describe` and `it` of the test framework.
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
  runner.describe(`${name} keeps the contract of a storage`, () => {
    for (const [title, test] of TESTS) runner.it(title, () => inFreshPlace(open, test));
  });
}
