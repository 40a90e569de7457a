import { type History, ofKind, type Violation } from '../history.js';

/** A run that was given up has not shown what it was to show. */
export function runEnds(history: History): Violation[] {
  return ofKind(history, 'gave-up').map(({ at, message }) => ({
    invariant: 'the run comes to its end',
    at,
    words: `it was given up: ${message}`,
  }));
}
