import { beforeAll, describe, expect, it } from '@jest/globals';
import { codeBlocks } from './code-blocks.js';
import { compileBlocks } from './compile-blocks.js';

const blocks = codeBlocks();
let complaints: string[][] = [];

beforeAll(() => {
  complaints = compileBlocks(blocks);
});

/** What an example does not import is imported from the package that has it, or from `surroundings.ts`: the reader's own application. */
describe('An example of the documentation compiles under strict', () => {
  it.each(blocks.map(({ page, line }, index) => [`${page}:${line}`, index] as const))('%s', (_, index) => {
    expect(complaints[index]).toEqual([]);
  });

  it('and there are examples on many pages', () => {
    expect(new Set(blocks.map(({ page }) => page)).size).toBeGreaterThan(10);
  });
});
