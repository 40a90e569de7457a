import { describe, expect, it } from '@jest/globals';
import { type MaintenanceStorage, MemoryStorage } from 'nestjs-maintenance-mode';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';
import { outcomeOf, type Spoil, spoilt, type Write } from '../support/contract-outcome.js';

const REPLACES = 'replaces the text, and appends nothing';
const VERSIONS = 'has another version after each write, if it is atomic';
const COMPARES = 'refuses a write that expects another version, or says that it is not atomic';
const FIRST_WINNER = 'lets one of several first writers win';
const ONE_WINNER = 'lets one of several writers over the same text win';
const WHOLE = 'gives readers whole texts while it is written';
const TELLS = 'calls a watcher when another connection has written, if it can watch';
const STOPS = 'does not call a watcher after it was stopped, if it can watch';
const NULL_FIRST = 'reads null if nothing was ever stored';

describe('the contract suite', () => {
  it('passes a right storage, in a place of its own for each test, and disposes of all', async () => {
    let [opened, disposed] = [0, 0];
    const outcome = await outcomeOf(() => {
      opened += 1;
      return { ...spoilt(() => ({}))(), dispose: async () => void (disposed += 1) };
    });
    expect(outcome.failed).toEqual([]);
    expect(outcome.passed.length).toBeGreaterThan(15);
    expect([opened, disposed]).toEqual([outcome.passed.length, outcome.passed.length]);
  });

  it.concurrent.each<[what: string, spoil: Spoil, failing: string[]]>([
    [
      'appends',
      ({ read, write }) => ({
        write: async (text: string, expected?: string | null) =>
          write(`${(await read())?.text ?? ''}${text}`, expected),
      }),
      [REPLACES],
    ],
    [
      'ignores expected, and says that it is atomic',
      ({ write }) => ({ write: (text: string) => write(text) }),
      [COMPARES, FIRST_WINNER, ONE_WINNER],
    ],
    [
      'takes null for "whatever is there"',
      ({ write }) => ({
        write: (text: string, expected?: string | null) =>
          write(text, expected === null ? undefined : expected),
      }),
      ['refuses a write that expects nothing if something is stored, or is not atomic', FIRST_WINNER],
    ],
    [
      'compares and writes in two steps',
      ({ read, write }) => ({
        write: async (text: string, expected?: string | null) => {
          const stored = await read();
          if (expected !== undefined && expected !== (stored?.version ?? null)) return write(text, 'stale');
          return write(text);
        },
      }),
      [FIRST_WINNER, ONE_WINNER],
    ],
    [
      'refuses with an error that is no conflict',
      ({ write }) => ({
        write: (...args: Parameters<Write>) => write(...args).catch(() => Promise.reject(new Error('no'))),
      }),
      [COMPARES, ONE_WINNER],
    ],
    ['compares, and says that it is not atomic', () => ({ atomic: false }), [COMPARES, ONE_WINNER]],
    ['returns nothing after a write', () => ({ read: async () => null }), [REPLACES, 'keeps JSON as it is']],
    [
      'returns something before a write',
      ({ read }) => ({ read: async () => (await read()) ?? { text: '0', version: null } }),
      [NULL_FIRST],
    ],
    [
      'stores something when it is read',
      ({ read, write }) => ({
        read: async () => {
          const stored = await read();
          if (stored === null) await write('0');
          return stored;
        },
      }),
      [NULL_FIRST],
    ],
    [
      'trims',
      ({ write }) => ({ write: (text: string, expected?: string | null) => write(text.trim(), expected) }),
      ['keeps line breaks and spaces at its ends as it is'],
    ],
    [
      'stores Latin-1',
      ({ write }) => ({
        write: (text: string, expected?: string | null) =>
          write(Buffer.from(text, 'latin1').toString('latin1'), expected),
      }),
      ['keeps characters beyond ASCII as it is'],
    ],
    [
      'cuts long texts',
      ({ write }) => ({
        write: (text: string, expected?: string | null) => write(text.slice(0, 65_536), expected),
      }),
      ['keeps 100 kB as it is'],
    ],
    [
      'gives the same version each time',
      ({ read }) => ({ read: async () => ({ text: (await read())?.text, version: '1' }) }),
      [VERSIONS],
    ],
    [
      'writes in two halves',
      ({ write }) => ({
        write: async (text: string, expected?: string | null) => {
          const { version } = await write(text.slice(0, text.length / 2), expected);
          await new Promise(setImmediate);
          return write(text, version);
        },
      }),
      [WHOLE],
    ],
    ['never tells its watchers', () => ({ watch: async () => async () => undefined }), [TELLS]],
    [
      'goes on telling watchers that were stopped',
      ({ watch }) => ({
        watch: async (onChange: () => void) => {
          await watch(onChange);
          return async () => undefined;
        },
      }),
      [STOPS],
    ],
    [
      'stops all watchers when one is stopped',
      ({ watch }) => {
        const stops: (() => Promise<void>)[] = [];
        return {
          watch: async (onChange: () => void) => {
            stops.push(await watch(onChange));
            return async () => void (await Promise.all(stops.map((stop) => stop())));
          },
        };
      },
      [STOPS],
    ],
    [
      'cannot be closed twice',
      () => {
        let closed = false;
        return {
          close: async () => {
            if (closed) throw new Error('closed already');
            closed = true;
          },
        };
      },
      ['can be closed twice'],
    ],
    ['has no name', () => ({ name: '' }), ['says its name and what it can do']],
  ])('fails for a storage that %s', async (_, spoil, failing) => {
    const outcome = await outcomeOf(spoilt(spoil));
    expect(outcome.failed).toEqual(expect.arrayContaining(failing));
  });

  it.concurrent.each([
    ['swallows the failure', async () => null, [true]],
    ['hangs', () => new Promise<null>(() => undefined), [true]],
    ['rejects with a text', () => Promise.reject('down'), [true]],
    ['rejects with an error', () => Promise.reject(new Error('down')), [false]],
  ])('for an unreachable place, fails unless it rejects: one that %s', async (_, read, fails) => {
    const broken: MaintenanceStorage = {
      name: 'broken',
      atomic: false,
      read,
      write: () => Promise.reject(new Error('down')),
    };
    const memory = new MemoryStorage();
    const { failed } = await outcomeOf(() => ({ connect: () => memory, connectBroken: () => broken }));
    expect([failed.includes('rejects with an Error if its place cannot be reached')]).toEqual(fails);
  });

  it('fails for a storage that hangs after the time of the runner, before that of the framework', async () => {
    const hanging = spoilt(() => ({ read: () => new Promise<never>(() => undefined) }));
    const { failures } = await outcomeOf(hanging, 20);
    expect(failures.get(NULL_FIRST)).toEqual(new Error('the storage: no answer within 20 ms'));
    const limits: (number | undefined)[] = [];
    describeMaintenanceStorage('a storage', hanging, {
      describe: (_, body) => body(),
      it: (_, __, timeoutMs) => void limits.push(timeoutMs),
    });
    expect(new Set(limits)).toEqual(new Set([60_000]));
  });

  it('stops, closes and disposes also when a test fails, and tells the first failure', async () => {
    const log: string[] = [];
    const memory = new MemoryStorage();
    let places = 0;
    const { failures } = await outcomeOf(() => {
      places += 1;
      return {
        connect: (): MaintenanceStorage => ({
          name: 'failing',
          atomic: true,
          read: () => Promise.reject(new Error('the first failure')),
          write: (text) => memory.write(text),
          watch: async (onChange) => {
            const stop = await memory.watch(onChange);
            return async () => {
              log.push('stop');
              await stop();
            };
          },
          close: async () => {
            log.push('close');
            throw new Error('the second failure');
          },
        }),
        dispose: async () => void log.push('dispose'),
      };
    });
    expect(failures.get(TELLS)).toEqual(new Error('the first failure'));
    expect(log.filter((entry) => entry === 'dispose')).toHaveLength(places);
    expect(log).toEqual(expect.arrayContaining(['stop', 'close']));
    expect(log.at(-1)).toBe('dispose');
  });
});
