import { describe, expect, it } from '@jest/globals';
import { runBuilt } from '../support/built.js';

describe('the contract suite under node:test', () => {
  it('passes a right storage', async () => {
    const { code, stdout } = await runBuilt('contract-suite');
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(code).toBe(0);
  });

  it('fails for a broken one', async () => {
    const { code, stdout } = await runBuilt('contract-suite', 'broken');
    expect(stdout).toMatch(/^not ok .*MemoryStorage keeps the contract of a storage$/m);
    expect(code).toBe(1);
  });
});
