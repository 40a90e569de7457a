import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory } from '../support/temporary-directory.js';
import { randomFrom } from '../support/random.js';
import { check } from './check.js';
import { type Entry, type History, inOrder, type Violation } from './history.js';
import { ProcessUnderTest } from './process-under-test.js';
import { now } from './clock.js';
import { settle } from './settle.js';
import type { FaultKind, Stage, System } from './systems/system.js';

const PROCESSES = 3;
/** A longer limit than needed: that of a busy machine is no fault. */
const SYNC = { pollIntervalMs: 300, timeoutMs: 1_500 };
const PAUSE_MS = 60;

export interface Plan {
  readonly seed: number;
  /** The faults of a run, one after the other; null where it ends. */
  readonly next: (
    round: number,
    random: (limit: number) => number,
  ) => { readonly fault: FaultKind; readonly ms: number } | null;
  readonly say?: (line: string) => void;
}

export interface Result {
  readonly history: History;
  readonly violations: readonly Violation[];
}

/** Lets processes share a storage while it suffers one fault after the other, and checks what they have seen. */
export async function runChecker(
  system: System,
  { seed, next, say = () => undefined }: Plan,
): Promise<Result> {
  const random = randomFrom(seed);
  const directory = await makeDirectory();
  const entries: Entry[] = [];
  const note = (entry: Omit<Extract<Entry, { kind: 'fault' }>, 'at' | 'process'>): void => {
    entries.push({ ...entry, at: now(), process: 'runner' });
  };
  const links = new Map<string, Awaited<ReturnType<System['connect']>>['links']>();
  const processes: ProcessUnderTest[] = [];
  const journalOf = (name: string): string => join(directory, `${name}.jsonl`);
  try {
    for (let index = 0; index < PROCESSES; index += 1) {
      const name = `p${index}`;
      const { storage, links: own } = await system.connect();
      if (own.length > 0) links.set(name, own);
      const place = { journal: journalOf(name), storage, sync: SYNC, pauseMs: PAUSE_MS };
      processes.push(new ProcessUnderTest(name, place, seed * 1_000 + index * 100));
    }
    await Promise.all(processes.map((process) => process.start()));
    // One record that all know. Where there is none yet, or it is lost before all know it, each may begin its own.
    await processes[0]?.tell('close');
    entries.push(...(await settle(processes, now(), system.promises.atomic)));
    for (let round = 0; ; round += 1) {
      const planned = next(round, random);
      if (planned === null) break;
      const { fault, ms } = planned;
      await Promise.all(processes.map((process) => process.tell('resume')));
      await delay(200 + random(300));
      const stage: Stage = { processes, links, random, halfMs: ms / 2, byHand };
      const losesData = fault.losesData ?? false;
      note({ kind: 'fault', fault: fault.name, phase: 'begins', losesData });
      say(`${round + 1}. ${fault.name} (${Math.round(ms)} ms)`);
      const end = await fault.begin(stage);
      await delay(ms);
      await end();
      note({ kind: 'fault', fault: fault.name, phase: 'ends', losesData });
      const healedAt = now();
      await delay(random(500));
      await startWhatHasEnded(processes);
      const settled = await settle(processes, healedAt, system.promises.atomic);
      entries.push(...settled);
      const last = settled.at(-1);
      const afterMs = last?.kind === 'settled' ? last.afterMs : null;
      say(afterMs === null ? '   NO AGREEMENT' : `   agreed after ${Math.round(afterMs)} ms`);
    }
  } catch (error) {
    // What was seen until then is worth as much as before.
    const message = error instanceof Error ? error.message : String(error);
    entries.push({ kind: 'gave-up', at: now(), process: 'runner', message });
    say(`   GAVE UP: ${message}`);
  } finally {
    for (const own of [...links.values()].flat()) await own.close();
    for (const process of processes) {
      process.thaw();
      await process.kill();
    }
  }
  const exits = processes.flatMap((process) => process.exits);
  const journals = await Promise.all(processes.map(({ name }) => readJournal(journalOf(name))));
  const history = inOrder([entries, exits, ...journals]);
  return { history, violations: check(history, system.promises) };

  async function byHand(state: 'off' | 'on', replace: () => Promise<void>): Promise<void> {
    entries.push({ kind: 'by-hand', phase: 'begins', state, at: now(), process: 'a person' });
    await replace();
    entries.push({ kind: 'by-hand', phase: 'ends', state, at: now(), process: 'a person' });
  }
}

/** A process that has ended by itself is a violation, and the others go on. */
async function startWhatHasEnded(processes: readonly ProcessUnderTest[]): Promise<void> {
  await Promise.all(processes.filter(({ isRunning }) => !isRunning).map((process) => process.start()));
}

async function readJournal(path: string): Promise<History> {
  // A process that was never started has none.
  const text = existsSync(path) ? await readFile(path, 'utf8') : '';
  const lines = text.split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
}
