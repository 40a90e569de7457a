import { describeSeen, type Entry, type History, type Violation } from './history.js';

const BEFORE = 30;
const AFTER = 5;

/** What has happened around a violation, a line for each entry. */
export function slice(history: History, { at }: Violation): readonly string[] {
  const index = history.findIndex((entry) => entry.at >= at);
  return history.slice(Math.max(0, index - BEFORE), index + AFTER).map((entry) => {
    const mark = entry.at === at ? '>' : ' ';
    return `${mark} ${(entry.at - at).toFixed(1).padStart(9)} ms ${entry.process}: ${inWords(entry)}`;
  });
}

function inWords(entry: Entry): string {
  switch (entry.kind) {
    case 'booted':
      return entry.stale ? 'booted without the storage' : 'booted';
    case 'exited':
      return `exited: ${entry.how}`;
    case 'invoked':
      return `${entry.call} ${entry.operation} ${entry.scope ?? 'application'}`;
    case 'working':
      return `${entry.call} work ${entry.phase}`;
    case 'ended':
      return `${entry.call} ${entry.outcome} ${entry.message ?? ''}`;
    case 'held-up':
      return `was held up for ${entry.ms} ms`;
    case 'shown':
      return `shows ${describeSeen(entry.status)}`;
    case 'told':
      return `says ${entry.type}: ${describeSeen(entry.before)} -> ${describeSeen(entry.after)} ${entry.message ?? ''}`;
    case 'fault':
      return `FAULT ${entry.phase}: ${entry.fault}`;
    case 'by-hand':
      return `turns it ${entry.state} by hand: ${entry.phase}`;
    case 'gave-up':
      return `gave up: ${entry.message}`;
    case 'settled':
      return `settled: ${Object.values(entry.statuses)[0]?.map(describeSeen).join('; ') ?? ''}`;
  }
}
