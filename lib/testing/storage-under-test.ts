import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';

/** A separate place for one test: a directory, a key, a bucket. @publicApi */
export interface StorageUnderTest {
  /**
   * A new storage object for the same place, as in another process. The suite closes it. If the place exists in one process
   * only, it may be the same object.
   */
  connect(): MaintenanceStorage | Promise<MaintenanceStorage>;
  /** A storage whose place cannot be reached: a closed port, a path that is not a directory. */
  connectBroken?(): MaintenanceStorage | Promise<MaintenanceStorage>;
  /** Removes the place. Called when everything is closed, also after a failed test. */
  dispose?(): Promise<void>;
}

/** What a test of the suite works with. */
export interface Place {
  readonly connect: () => Promise<MaintenanceStorage>;
  /** Null if the author of the storage gave none. */
  readonly connectBroken: () => Promise<MaintenanceStorage | null>;
  /** Counts the calls of a watch; null if the storage has none. */
  readonly watch: (storage: MaintenanceStorage) => Promise<Watch | null>;
}

export interface Watch {
  readonly calls: number;
  /** Resolves once there was another call than the first `calls`. */
  calledAfter(calls: number): Promise<void>;
  stop(): Promise<void>;
}

/** A little less than the 5 seconds of Jest and Vitest, so that a storage that hangs is still closed. */
const TIME_LIMIT_MS = 4_500;
const CLOSE_LIMIT_MS = 2_000;

/** Runs a test in a fresh place, then stops, closes and removes everything in any case. The first failure counts. */
export async function inFreshPlace(
  open: () => StorageUnderTest | Promise<StorageUnderTest>,
  test: (place: Place) => Promise<void>,
): Promise<void> {
  const underTest = await open();
  const cleanUps: (() => Promise<void>)[] = [async () => underTest.dispose?.()];
  const failures: unknown[] = [];
  const attempt = async (what: string, ms: number, step: () => Promise<void>): Promise<void> => {
    try {
      await within(what, ms, step);
    } catch (error) {
      failures.push(error);
    }
  };
  await attempt('the storage', TIME_LIMIT_MS, () =>
    test(placeOf(underTest, (step) => cleanUps.unshift(step))),
  );
  for (const step of cleanUps) await attempt('closing the storage', CLOSE_LIMIT_MS, step);
  if (failures.length > 0) throw failures[0];
}

function placeOf(underTest: StorageUnderTest, later: (cleanUp: () => Promise<void>) => void): Place {
  const opened = (storage: MaintenanceStorage): MaintenanceStorage => {
    later(async () => storage.close?.());
    return storage;
  };
  return {
    connect: async () => opened(await underTest.connect()),
    connectBroken: async () => (underTest.connectBroken ? opened(await underTest.connectBroken()) : null),
    watch: async (storage) => {
      if (!storage.watch) return null;
      const watch = new CountingWatch();
      const unwatch = await storage.watch(() => watch.called());
      watch.stop = once(unwatch);
      later(watch.stop);
      return watch;
    },
  };
}

class CountingWatch implements Watch {
  calls = 0;
  stop = async (): Promise<void> => undefined;
  #waiting: { readonly calls: number; readonly resolve: () => void }[] = [];

  called(): void {
    this.calls += 1;
    for (const { calls, resolve } of this.#waiting) if (this.calls > calls) resolve();
  }

  async calledAfter(calls: number): Promise<void> {
    if (this.calls > calls) return;
    await new Promise<void>((resolve) => this.#waiting.push({ calls, resolve }));
  }
}

/** The test may have stopped it already, and a storage need not allow that twice. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stop());
}

async function within(what: string, ms: number, step: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([step(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
