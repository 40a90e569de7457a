import type { Entry, Seen } from '../history.js';

/** What a process shows with an entry, in order: `before` of an event is what it has shown. */
export function statusesOf(entry: Entry): readonly Seen[] {
  switch (entry.kind) {
    case 'shown':
      return [entry.status];
    case 'ended':
      return entry.shown;
    case 'told':
      return [entry.after];
    default:
      return [];
  }
}
