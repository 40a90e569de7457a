import { type Entry, type EntryOf, type History, ofKind, type Promises } from './history.js';
import { contention } from './contention.js';
import { Forks } from './forks.js';

/** What a call, or a person, has tried to write for one scope. */
export interface Write {
  /** The call; null for what a person has done. */
  readonly mark: string | null;
  readonly process: string;
  readonly scope: string | null;
  readonly state: 'on' | 'off';
  readonly mode: string;
  readonly from: number;
  /** It cannot take effect later; Infinity where nobody knows. */
  readonly to: number;
  readonly acknowledged: boolean;
  readonly rejected: boolean;
}

/** The end of a `run`, which puts back an earlier entry of the scope. */
interface Restore {
  readonly scope: string | null;
  /** When its `run` was called: what it puts back held at some time after that. */
  readonly calledAt: number;
  readonly from: number;
  readonly to: number;
}

/** All that was written, or may have been, and in which order. */
export class Writes {
  readonly all: readonly Write[];
  readonly #restores: readonly Restore[];
  readonly #forks: Forks;
  /** Whether a change may be lost to another writer of the same moment. */
  readonly mayBeOverwritten: (write: Write) => boolean;
  readonly #byMark = new Map<string, Write>();
  readonly #acknowledged = new Map<
    string | null,
    readonly { readonly to: number; readonly latest: Write }[]
  >();

  constructor(history: History, promises: Promises) {
    const calls = callsOf(history);
    const seen = marksSeen(history);
    this.all = [...calls.flatMap((call) => writeOf(call, promises, seen)), ...byHand(history)];
    this.#restores = calls.flatMap(restoreOf);
    this.#forks = new Forks(history, promises);
    this.mayBeOverwritten = promises.atomic ? () => false : contention(history, this.all);
    for (const write of this.all) if (write.mark !== null) this.#byMark.set(write.mark, write);
    for (const scope of new Set(this.all.map((write) => write.scope))) {
      this.#acknowledged.set(scope, latestOf(this.all.filter((write) => write.scope === scope)));
    }
  }

  byMark(mark: string): Write | undefined {
    return this.#byMark.get(mark);
  }

  /**
   * The acknowledged change that a scope cannot go behind at a time: one that was called after the change by which the scope
   * is shown could last take effect. It is shown then, or later (a read takes its time). Undefined if the scope may be shown like this.
   */
  overtaking(scope: string | null, mark: string | null, at: number, shownAt = at): Write | undefined {
    const latest = this.latestAcknowledged(scope, at);
    if (latest === undefined || this.isOlder(scope, mark, latest, shownAt)) return latest;
    if (!this.#isFromFork(mark, latest)) return undefined;
    // A fork allows that one change is replaced, and not those before it.
    return this.all.find(
      (write) =>
        write.scope === scope &&
        write.acknowledged &&
        write.to <= at &&
        this.isOlder(scope, mark, write, shownAt),
    );
  }

  /** Whether showing this mark once the other write has taken effect is to show something older. */
  isOlder(scope: string | null, mark: string | null, than: Write, at: number): boolean {
    if (mark === than.mark || this.#end(scope, mark, at) >= than.from) return false;
    if (this.#isFromFork(mark, than)) return false;
    // The end of a run may have put it back since then, if it still held when that run was called.
    return !this.#restores.some((restore) => {
      if (restore.scope !== scope || restore.to < than.from || restore.from > at) return false;
      const lost = this.overtaking(scope, mark, restore.calledAt);
      return lost === undefined || this.mayBeOverwritten(lost);
    });
  }

  #isFromFork(mark: string | null, than: Write): boolean {
    const write = mark === null ? undefined : this.#byMark.get(mark);
    return write !== undefined && this.#forks.allow(write, than);
  }

  latestAcknowledged(scope: string | null, at: number): Write | undefined {
    const writes = this.#acknowledged.get(scope) ?? [];
    let low = 0;
    let high = writes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((writes[middle]?.to ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return writes[low - 1]?.latest;
  }

  /** Nobody has written "nobody" but people; before them it was so from the beginning. */
  #end(scope: string | null, mark: string | null, at: number): number {
    if (mark !== null) return this.#byMark.get(mark)?.to ?? Infinity;
    const hands = this.all.filter(
      (write) => write.mark === null && write.scope === scope && write.from <= at,
    );
    return Math.max(-Infinity, ...hands.map(({ to }) => to));
  }
}

interface Call {
  readonly invoked: EntryOf<'invoked'>;
  began?: number;
  done?: number;
  ended?: EntryOf<'ended'>;
}

function callsOf(history: History): readonly Call[] {
  const calls = new Map<string, Call>();
  for (const entry of history) {
    if (entry.kind === 'invoked') calls.set(entry.call, { invoked: entry });
    if (entry.kind !== 'working' && entry.kind !== 'ended') continue;
    const call = calls.get(entry.call);
    if (call === undefined) continue;
    if (entry.kind === 'ended') call.ended = entry;
    else call[entry.phase] = entry.at;
  }
  return [...calls.values()].filter(({ invoked }) => invoked.operation !== 'refresh');
}

function writeOf({ invoked, began, ended }: Call, promises: Promises, seen: ReadonlySet<string>): Write[] {
  const { call: mark, process, scope, operation, mode = 'full', at: from } = invoked;
  const isOk = began !== undefined || ended?.outcome === 'ok';
  // What is off already is not written again.
  const isEffective = operation !== 'disable' || seen.has(mark);
  const isOver = ended?.outcome === 'rejected' || (ended !== undefined && promises.neverLate);
  const to = isOk ? (began ?? ended?.at ?? Infinity) : isOver ? ended.at : Infinity;
  const rejected = began === undefined && ended?.outcome === 'rejected';
  const state = operation === 'disable' ? 'off' : 'on';
  return [{ mark, process, scope, state, mode, from, to, acknowledged: isOk && isEffective, rejected }];
}

/** One that was rejected may be tried again by the service, for as long as it likes. */
function restoreOf({ invoked, done, ended }: Call): Restore[] {
  if (done === undefined) return [];
  const to = ended?.outcome === 'ok' ? ended.at : Infinity;
  return [{ scope: invoked.scope, calledAt: invoked.at, from: done, to }];
}

function byHand(history: History): Write[] {
  const entries = ofKind(history, 'by-hand');
  const scopes = new Set([null, ...ofKind(history, 'invoked').map(({ scope }) => scope)]);
  return entries
    .filter(({ phase }) => phase === 'begins')
    .flatMap(({ at: from, state, process }) => {
      const to = entries.find((end) => end.phase === 'ends' && end.at >= from)?.at ?? Infinity;
      const written = (scope: string | null): Write => ({
        mark: null,
        process,
        scope,
        state: scope === null ? state : 'off',
        mode: 'full',
        from,
        to,
        acknowledged: true,
        rejected: false,
      });
      return [...scopes].map(written);
    });
}

/** Acknowledged writes in the order of their acknowledgements, each with the one called last of those up to it. */
function latestOf(writes: readonly Write[]): readonly { readonly to: number; readonly latest: Write }[] {
  let latest: Write | undefined;
  return writes
    .filter(({ acknowledged }) => acknowledged)
    .toSorted((a, b) => a.to - b.to)
    .map((write) => {
      if (latest === undefined || write.from > latest.from) latest = write;
      return { to: write.to, latest };
    });
}

function marksSeen(history: History): ReadonlySet<string> {
  return new Set(history.flatMap(statusesIn).flatMap(({ by }) => by ?? []));
}

/** All statuses that an entry carries. */
export function statusesIn(entry: Entry): readonly { readonly by: string | null }[] {
  switch (entry.kind) {
    case 'shown':
      return [entry.status];
    case 'ended':
      return entry.shown;
    case 'told':
      return [entry.before, entry.after];
    case 'settled':
      return Object.values(entry.statuses).flat();
    default:
      return [];
  }
}
