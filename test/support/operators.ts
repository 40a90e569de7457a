import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import type { MaintenanceStorage } from '../../lib/index.js';
import { startBuilt } from './built.js';
import { bootContext } from './state-context.js';

const PROCESSES = 8;

/**
 * Eight processes that enable scopes, update, extend and disable at once on the storage that they share. Expects that no change
 * is lost, and that the history has all of them, or the last hundred.
 */
export async function operateAtOnce(
  storage: MaintenanceStorage,
  script: string,
  args: readonly string[],
  rounds: number,
  children: ChildProcess[],
): Promise<void> {
  const { maintenance } = await bootContext({ storage, sync: { timeoutMs: 60_000 } });
  const endsAt = new Date(Date.now() + 24 * 60 * 60 * 1000);
  await maintenance.enable({ scope: 'shared', endsAt });

  const names = Array.from({ length: PROCESSES }, (_, index) => `process-${index}`);
  for (const name of names) children.push(await startBuilt(script, ...args, name, `${rounds}`));
  const results = children.map(async (child) => {
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`)));
    await Promise.race([once(child, 'message'), ended]);
  });
  for (const child of children) child.send('go');
  await Promise.all(results);

  await maintenance.refresh();
  const perProcess = 4 * rounds - 1;
  const changes = PROCESSES * perProcess + 1;
  expect(maintenance.status().revision).toBe(changes);
  // Each extension counts, and each process has left on its last scope alone.
  expect(maintenance.list().slice(1)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        scope: 'shared',
        endsAt: new Date(endsAt.getTime() + PROCESSES * rounds * 1000),
      }),
      ...names.map((name) =>
        expect.objectContaining({ scope: `${name}-${rounds}`, reason: `round ${rounds}`, by: name }),
      ),
    ]),
  );
  expect(maintenance.list()).toHaveLength(1 + 1 + PROCESSES);

  const history = await maintenance.history();
  const kept = Math.min(changes, 100);
  expect(history.map(({ revision }) => revision)).toEqual(
    Array.from({ length: kept }, (_, index) => changes - index),
  );
  if (changes > 100) return;
  for (const name of names) {
    const own = history.filter(({ by }) => by === name).toReversed();
    const round = ['on', 'updated', 'updated', 'off'];
    const actions = Array.from({ length: rounds }, () => round).flat();
    expect(own.map(({ action }) => action)).toEqual(actions.slice(0, -1));
  }
}
