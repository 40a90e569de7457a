import { describe, expect, it } from '@jest/globals';
import { runBuilt } from '../support/built.js';

// What the lines look like is up to the version of Node.
describe('the contract suite under node:test', () => {
  it('passes a right storage', async () => {
    const { code, stdout } = await runBuilt('contract-suite');
    expect(stdout).toMatch(/^\S+ fail 0$/m);
    expect(code).toBe(0);
  });

  it('fails for a broken one', async () => {
    const { code, stdout } = await runBuilt('contract-suite', 'broken');
    expect(stdout).toMatch(/^\S+ fail [1-9]\d*$/m);
    expect(code).toBe(1);
  });
});
