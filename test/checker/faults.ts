import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultProxy } from './fault-proxy.js';
import type { FaultKind, Stage } from './systems/system.js';

/** What happens to processes. */
export const PROCESS_FAULTS: readonly FaultKind[] = [
  {
    name: 'one process stands still',
    begin: async (stage) => {
      const process = pick(stage, stage.processes);
      process.freeze();
      return async () => process.thaw();
    },
  },
  {
    name: 'one process is killed and started again',
    begin: async (stage) => {
      const process = pick(stage, stage.processes);
      await process.kill();
      return async () => {
        await process.start();
        await process.tell('resume');
      };
    },
  },
];

/** What happens between processes and servers. */
export const NETWORK_FAULTS: readonly FaultKind[] = [
  {
    name: 'all connections are cut, several times',
    begin: async (stage) => {
      let isOver = false;
      const cutting = (async () => {
        for (;;) {
          if (isOver) return;
          for (const link of all(stage)) link.cut();
          await delay(50 + stage.random(250));
        }
      })();
      return async () => {
        isOver = true;
        await cutting;
      };
    },
  },
  onLinks('one process cannot connect', 'refuse', one),
  onLinks('nobody can connect', 'refuse', all),
  onLinks('the network of one process stands still', 'hold', one),
  onLinks('the network stands still', 'hold', all),
  onLinks('one process gets no answers', 'mute', one),
  onLinks('nobody gets answers', 'mute', all),
  onLinks('the network of one process is slow', 'slow', one),
];

/** What RedisStorage's own client and HTTP notice. An application's client of node-redis may not, which the storage cannot change. */
export const HALF_OPEN = onLinks('the connections of one process are half-open', 'swallow', one);

/** Begins one after the other, and ends them in the order in which they began. */
export function together(name: string, first: FaultKind, second: FaultKind): FaultKind {
  return {
    name,
    losesData: first.losesData === true || second.losesData === true,
    begin: async (stage) => {
      const ends = [await first.begin(stage), await second.begin(stage)];
      return async () => {
        for (const end of ends.toReversed()) {
          await end();
          await delay(stage.halfMs / 2);
        }
      };
    },
  };
}

function onLinks(name: string, fault: Fault, links: (stage: Stage) => readonly FaultProxy[]): FaultKind {
  return {
    name,
    begin: async (stage) => {
      const chosen = links(stage);
      for (const link of chosen) link.set(fault);
      return async () => {
        for (const link of chosen) link.set('open');
      };
    },
  };
}

function all({ links }: Stage): readonly FaultProxy[] {
  return [...links.values()].flat();
}

function one(stage: Stage): readonly FaultProxy[] {
  return pick(stage, [...stage.links.values()]);
}

export function pick<T>({ random }: Stage, among: readonly T[]): T {
  const chosen = among[random(among.length)];
  if (chosen === undefined) throw new Error('There is nothing to choose from.');
  return chosen;
}

export function named(name: string): FaultKind {
  const fault = [...NETWORK_FAULTS, ...PROCESS_FAULTS].find((candidate) => candidate.name === name);
  if (fault === undefined) throw new Error(`There is no fault "${name}".`);
  return fault;
}
