import { type History, ofKind, type Violation } from './history.js';

/** A run in one line. */
export function figuresOf(history: History, violations: readonly Violation[]): string {
  const ended = ofKind(history, 'ended');
  const count = (outcome: string): number => ended.filter((entry) => entry.outcome === outcome).length;
  const delays = ofKind(history, 'settled')
    .flatMap(({ afterMs }) => afterMs ?? [])
    .toSorted((a, b) => a - b);
  const at = (part: number): string => `${Math.round(delays[Math.floor(delays.length * part)] ?? 0)} ms`;
  return [
    `${ofKind(history, 'invoked').length} calls`,
    `${count('ok')} acknowledged`,
    `${count('rejected')} rejected`,
    `${count('unknown')} unknown`,
    `${ofKind(history, 'fault').filter(({ phase }) => phase === 'begins').length} faults`,
    `${ofKind(history, 'shown').length} statuses`,
    `${ofKind(history, 'told').length} events`,
    `held up for more than half a second ${ofKind(history, 'held-up').length} times`,
    `agreed after ${at(0.5)} (half of the times), ${at(0.99)} (the longest)`,
    `${violations.length} violations`,
  ].join(', ');
}
