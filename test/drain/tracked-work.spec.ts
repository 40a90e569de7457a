import { describe, expect, it } from '@jest/globals';
import { runBuilt } from '../support/built.js';

describe('The rejection of tracked work', () => {
  it.each(['tracked', 'both'])('ends nothing if it is handled: %s', async (awaited) => {
    expect(await runBuilt('track-work', awaited)).toMatchObject({ code: 0, stderr: '' });
  });

  // Node cannot be told of a promise without counting as one who handles its rejection: one of the two has to be unhandled.
  it.each(['original', 'neither'])('stays visible if only the %s is handled', async (awaited) => {
    const { code, stderr } = await runBuilt('track-work', awaited);
    expect(code).toBe(1);
    expect(stderr).toContain('Error: no disk');
  });
});
