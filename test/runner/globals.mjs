// Stands for '@jest/globals' in a file that runs in plain Node. The runtime puts there what is meant for this spec file.
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } =
  globalThis[Symbol.for('test/runner')];
