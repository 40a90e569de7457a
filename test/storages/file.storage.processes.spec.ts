import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { killBuilt, startBuilt } from '../support/built.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

// Thousands of reads, and a process for each kill: this bounds a hang, not how busy a machine may be.
jest.setTimeout(600_000);

const READS = 10_000;
/** That many at once: what takes time is to wait for each. */
const READERS = 10;
const KILLS = 60;
/** A writer for each at the same time: what takes time is to start one. */
const FILES = ['first.json', 'second.json', 'third.json'];
/** What the writer repeats 5,000 times; of different lengths, so that a mixture shows. */
const UNITS = ['old,', 'newer,'];
const TEXTS = UNITS.map((unit) => unit.repeat(5_000));

const writers: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(writers.splice(0).map(killBuilt));
  await removeDirectories();
});

async function startWriter(path: string): Promise<ChildProcess> {
  const writer = await startBuilt('write-endlessly', path, ...UNITS);
  writers.push(writer);
  return writer;
}

describe('FileStorage beside another process that writes', () => {
  it(`gives ${READS} whole texts in ${READS} reads, the old ones and the new ones`, async () => {
    const path = join(await makeDirectory(), 'state.json');
    const writer = await startWriter(path);
    const storage = new FileStorage({ path });
    const seen = new Set<string | undefined>();
    const readAll = async (): Promise<void> => {
      for (let read = 0; read < READS / READERS; read += 1) seen.add((await storage.read())?.text);
    };
    await Promise.all(Array.from({ length: READERS }, readAll));
    expect(writer.exitCode).toBeNull();
    expect(seen).toEqual(new Set(TEXTS));
  });

  it(`has the old or the new text after each of ${KILLS} writers was killed`, async () => {
    const directory = await makeDirectory();
    const killInTurn = async (name: string): Promise<void> => {
      const path = join(directory, name);
      for (let kill = 0; kill < KILLS / FILES.length; kill += 1) {
        const writer = await startWriter(path);
        // Any moment of a write, which takes a few milliseconds.
        await delay(Math.random() * 10);
        await killBuilt(writer);
        expect(TEXTS).toContain(await readFile(path, 'utf8'));
      }
    };
    await Promise.all(FILES.map(killInTurn));
    // Some died between the temporary file and the rename: else this test has hit nothing.
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).not.toEqual([]);
  });
});
