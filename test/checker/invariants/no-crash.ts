import { type History, ofKind, type Violation } from '../history.js';

/** A process ends if it is killed, and not by itself, whatever happens to its storage. */
export function noProcessEnds(history: History): Violation[] {
  return ofKind(history, 'exited').flatMap(({ at, process, how }) => {
    if (how === 'SIGKILL') return [];
    return [{ invariant: 'no process ends by itself', at, words: `${process} has ended with ${how}` }];
  });
}
