import { type MaintenanceStorage, MemoryStorage, type StoredRecord } from 'nestjs-maintenance-mode';
import { describeMaintenanceStorage, type StorageUnderTest } from 'nestjs-maintenance-mode/testing';

export interface Outcome {
  readonly passed: string[];
  readonly failed: string[];
  /** By the name of the test. */
  readonly failures: Map<string, unknown>;
}

/** Runs the suite over a storage, with a runner that only notes what fails. */
export async function outcomeOf(open: () => StorageUnderTest, timeoutMs = 4_000): Promise<Outcome> {
  const tests: [name: string, body: () => Promise<void>][] = [];
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => void tests.push([name, body]),
    timeoutMs,
  };
  describeMaintenanceStorage('a storage', open, runner);
  const results = await Promise.allSettled(tests.map(([, body]) => body()));
  const failures = new Map<string, unknown>();
  results.forEach((result, index) => {
    if (result.status === 'rejected') failures.set(tests[index]?.[0] ?? '', result.reason);
  });
  const failed = [...failures.keys()];
  const passed = tests.map(([name]) => name).filter((name) => !failures.has(name));
  return { passed, failed, failures };
}

type Read = () => Promise<StoredRecord | null>;
export type Write = (text: string, expected?: string | null) => Promise<StoredRecord>;
type Watch = (onChange: () => void) => Promise<() => Promise<void>>;

/** Gives other members in place of right ones. */
export type Spoil = (right: { read: Read; write: Write; watch: Watch }) => object;

/** A right storage, one part of which is spoilt. */
export function spoilt(spoil: Spoil): () => StorageUnderTest {
  return () => {
    const memory = new MemoryStorage();
    const right = {
      read: () => memory.read(),
      write: (text: string, expected?: string | null) => memory.write(text, expected),
      watch: (onChange: () => void) => memory.watch(onChange),
    };
    const storage: MaintenanceStorage = { name: 'spoilt', atomic: true, ...right, ...spoil(right) };
    return { connect: () => storage };
  };
}
