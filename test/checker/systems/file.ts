import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, removeDirectories } from '../../support/temporary-directory.js';
import { PROCESS_FAULTS } from '../faults.js';
import type { System } from './system.js';

/** A file that several processes share, and people, who may do with it what they like. */
export async function file(): Promise<System> {
  const path = join(await makeDirectory(), 'maintenance.json');
  const replaceWith = async (text: string): Promise<void> => {
    await writeFile(`${path}.by-hand`, text);
    await rename(`${path}.by-hand`, path);
  };
  return {
    promises: { atomic: false, neverLate: false, rejectedIsVoid: true },
    faults: [
      ...PROCESS_FAULTS,
      {
        name: 'a person deletes the file',
        begin: async ({ byHand }) => {
          await byHand('off', () => rm(path, { force: true }));
          return async () => undefined;
        },
      },
      {
        name: 'a person writes 1 into the file',
        begin: async ({ byHand }) => {
          await byHand('on', () => replaceWith('1'));
          return async () => undefined;
        },
      },
      {
        name: 'the file is not understood until the next change of the whole application',
        losesData: true,
        begin: async () => {
          await replaceWith('{ "half a');
          return async () => undefined;
        },
      },
    ],
    connect: async () => ({ storage: { kind: 'file', path }, links: [] }),
    stop: removeDirectories,
  };
}
