import { setTimeout as delay } from 'node:timers/promises';
import type { Entry, Seen } from './history.js';
import type { ProcessUnderTest } from './process-under-test.js';
import { now } from './clock.js';

/** What is promised is 30 s; the rest is for machines that are busy. */
const AGREE_WITHIN_MS = 40_000;
const LOOK_EVERY_MS = 20;

type Statuses = Readonly<Record<string, readonly Seen[]>>;

/** Ends all calls, waits until all processes show the same, turns off what hides the scopes, and waits once more. */
export async function settle(
  processes: readonly ProcessUnderTest[],
  healedAt: number,
  isAtomic: boolean,
): Promise<readonly Entry[]> {
  await tellAll(processes, 'pause');
  const first = await agreement(processes, healedAt, () => true, isAtomic);
  if (first.afterMs === null) return [settled(first)];
  const opener = processes[Math.floor(healedAt) % processes.length];
  if (!isOpen(first.statuses)) await opener?.tell('open');
  const second = await agreement(processes, now(), isOpen, isAtomic);
  return [settled({ ...second, afterMs: second.afterMs === null ? null : first.afterMs })];
}

/** Nothing hides the scopes. */
function isOpen(statuses: Statuses): boolean {
  return Object.values(statuses).every((seen) =>
    seen.some(({ scope, state }) => scope === null && state !== 'active'),
  );
}

interface Agreement {
  readonly afterMs: number | null;
  readonly statuses: Statuses;
}

async function agreement(
  processes: readonly ProcessUnderTest[],
  since: number,
  isWanted: (statuses: Statuses) => boolean,
  isAtomic: boolean,
): Promise<Agreement> {
  for (;;) {
    const statuses = await tellAll(processes, 'look');
    const at = now();
    if (agree(statuses, isAtomic) && isWanted(statuses)) {
      // What they agree upon is what the storage has.
      const read = await tellAll(processes, 'refresh');
      if (agree(read, isAtomic) && isWanted(read)) return { afterMs: at - since, statuses: read };
    }
    if (now() - since > AGREE_WITHIN_MS) return { afterMs: null, statuses };
    await delay(LOOK_EVERY_MS);
  }
}

/**
 * Where writers of the same moment cannot be told apart, the later one may have the lower revision. Who knows a higher one counts
 * on from there, so that the revisions stay different until the next change; what they are of is the same.
 */
function agree(statuses: Statuses, isAtomic: boolean): boolean {
  const texts = Object.values(statuses).map((seen) =>
    JSON.stringify(isAtomic ? seen : seen.map((status) => ({ ...status, revision: 0 }))),
  );
  return (
    new Set(texts).size === 1 && Object.values(statuses).every((seen) => seen.every(({ stale }) => !stale))
  );
}

function settled({ afterMs, statuses }: Agreement): Entry {
  return { kind: 'settled', at: now(), process: 'runner', afterMs, statuses };
}

async function tellAll(
  processes: readonly ProcessUnderTest[],
  command: 'pause' | 'look' | 'refresh',
): Promise<Statuses> {
  const seen = await Promise.all(
    processes.map(async (process) => [process.process, await process.tell(command)] as const),
  );
  return Object.fromEntries(seen);
}
