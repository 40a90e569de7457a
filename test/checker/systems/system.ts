import type { Promises } from '../history.js';
import type { ProcessUnderTest } from '../process-under-test.js';
import type { FaultProxy } from '../fault-proxy.js';
import type { StorageSettings } from '../worker-storage.js';

/** What a fault may touch, and how long it is to last. */
export interface Stage {
  readonly processes: readonly ProcessUnderTest[];
  /** Between a process, by its name, and the servers. */
  readonly links: ReadonlyMap<string, readonly FaultProxy[]>;
  /** A whole number below a limit. */
  readonly random: (limit: number) => number;
  /** The middle of the fault, for faults of two steps. */
  readonly halfMs: number;
  /** Writes down that a person replaces the record, while it happens. */
  readonly byHand: (state: 'off' | 'on', replace: () => Promise<void>) => Promise<void>;
}

export interface FaultKind {
  readonly name: string;
  /** The storage may forget what it has acknowledged. */
  readonly losesData?: boolean;
  /** Begins it, and resolves to what ends it. */
  begin(stage: Stage): Promise<() => Promise<void>>;
}

/** A storage, with the servers behind it and what can happen to them. */
export interface System {
  readonly promises: Promises;
  readonly faults: readonly FaultKind[];
  /** Where a process finds the storage, and what stands between them. */
  connect(): Promise<{ readonly storage: StorageSettings; readonly links: readonly FaultProxy[] }>;
  stop(): Promise<void>;
}
