/** A status, or what an event says of one, without what the checker does not look at. */
export interface Seen {
  readonly scope: string | null;
  readonly state: string;
  readonly mode: string;
  readonly reason: string | null;
  /** The call that wrote it: each call passes its own name as `by`, which a status keeps even if it is off. */
  readonly by: string | null;
  readonly revision: number;
  readonly stale: boolean;
}

export type Operation = 'enable' | 'disable' | 'run' | 'refresh';

interface Base {
  /** Milliseconds of the monotonic clock of the machine, which all processes run on. */
  readonly at: number;
  /** One life of a process: a process that is started again has a new name. */
  readonly process: string;
}

export type Entry = Base &
  (
    | { readonly kind: 'booted'; readonly stale: boolean }
    | { readonly kind: 'exited'; readonly how: string }
    | {
        readonly kind: 'invoked';
        readonly call: string;
        readonly operation: Operation;
        readonly scope: string | null;
        readonly mode?: 'full' | 'read-only';
      }
    /** The work of a `run` has begun, or is done. */
    | { readonly kind: 'working'; readonly call: string; readonly phase: 'began' | 'done' }
    | {
        readonly kind: 'ended';
        readonly call: string;
        /** `unknown`: it was rejected with the words that it may have been written. */
        readonly outcome: 'ok' | 'rejected' | 'unknown';
        /** What the process shows then. */
        readonly shown: readonly Seen[];
        readonly message?: string;
      }
    /** The machine, or a fault, has not let the process run for so long: its time limits have then run out as well. */
    | { readonly kind: 'held-up'; readonly ms: number }
    /** A status that is not what was shown before. */
    | { readonly kind: 'shown'; readonly status: Seen }
    | {
        readonly kind: 'told';
        readonly type: string;
        readonly scope: string | null;
        readonly before: Seen;
        readonly after: Seen;
        readonly message?: string;
      }
    | {
        readonly kind: 'fault';
        readonly fault: string;
        readonly phase: 'begins' | 'ends';
        /** The storage itself may forget what it has acknowledged. */
        readonly losesData: boolean;
      }
    /** A person has replaced the record by hand: deleted it (`off`), or written `1` (`on`). */
    | { readonly kind: 'by-hand'; readonly phase: 'begins' | 'ends'; readonly state: 'off' | 'on' }
    /** A fault, or what the runner does around it, has failed: the run has ended there. */
    | { readonly kind: 'gave-up'; readonly message: string }
    /** No call was under way, and all processes have agreed, or were given up. */
    | {
        readonly kind: 'settled';
        /** Since the end of the fault; null if they have not agreed in time. */
        readonly afterMs: number | null;
        readonly statuses: Readonly<Record<string, readonly Seen[]>>;
      }
  );

export type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>;

export type History = readonly Entry[];

/** What a kind of storage promises, and so what is checked. */
export interface Promises {
  /** It compares before it writes: no acknowledged change is lost, not even to a writer of the same moment. */
  readonly atomic: boolean;
  /** A call that was rejected, even with an unknown outcome, takes effect before the rejection or never. */
  readonly neverLate: boolean;
  /** A call that was rejected without "the outcome is unknown" never takes effect. */
  readonly rejectedIsVoid: boolean;
}

export interface Violation {
  readonly invariant: string;
  readonly at: number;
  readonly words: string;
}

/** An entry of a history, in the order of time, with entries of one process in the order in which it wrote them. */
export function inOrder(histories: readonly History[]): History {
  return histories.flat().toSorted((a, b) => a.at - b.at);
}

export function ofKind<Kind extends Entry['kind']>(history: History, kind: Kind): readonly EntryOf<Kind>[] {
  return history.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}

export function describeSeen({ scope, state, by, revision, stale }: Seen): string {
  return `${scope ?? 'application'} ${state} by ${by ?? 'nobody'} at ${revision}${stale ? ' (stale)' : ''}`;
}
