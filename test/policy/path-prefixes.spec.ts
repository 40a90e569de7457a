import { describe, expect, it } from '@jest/globals';
import { PathPrefixes } from '../../lib/validation/matchers.js';
import { randomFrom } from '../support/random.js';

/** One prefix after the other, as the documentation says it. */
function oracle(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => {
    if (prefix === '/') return path === '/';
    if (prefix.endsWith('/')) return path.startsWith(prefix);
    return path === prefix || path.startsWith(`${prefix}/`);
  });
}

describe('PathPrefixes', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
    'cover what a look at every prefix covers (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const segment = (): string => ['a', 'b', 'ab', 'é'][random(4)] ?? '';
      const path = (): string => {
        const segments = Array.from({ length: random(5) }, segment).map((name) => `/${name}`);
        return `${segments.join('')}${random(3) === 0 ? '/' : ''}` || '/';
      };
      const prefixes = Array.from({ length: random(8) }, path);
      const covered = new PathPrefixes(prefixes);
      const paths = ['/', ...prefixes, ...Array.from({ length: 500 }, path)];
      const wrong = paths.filter((asked) => covered.cover(asked) !== oracle(prefixes, asked));
      expect([prefixes, wrong]).toEqual([prefixes, []]);
    },
  );

  it('can be very many', () => {
    const prefixes = new PathPrefixes(Array.from({ length: 200_000 }, (_, index) => `/tenant-${index}`));
    expect(prefixes.cover('/tenant-199999/x')).toBe(true);
    expect(prefixes.cover('/tenant-200000/x')).toBe(false);
  });
});
