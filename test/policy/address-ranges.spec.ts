import { describe, expect, it } from '@jest/globals';
import { AddressRanges, parseAddressRange } from '../../lib/validation/matchers.js';
import { randomFrom } from '../support/random.js';

type Family = 4 | 6;

interface Range {
  readonly family: Family;
  readonly base: bigint;
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;
/** Few different addresses, close together: ranges that touch, overlap and contain each other. */
const NETWORK = { 4: 0x0a_00_00_00n, 6: 0x2001_0db8n << 96n } as const;

function text(family: Family, address: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((bits) => String((address >> bits) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (address >> BigInt(112 - 16 * index)) & 0xffffn);
  return groups.map((group) => group.toString(16)).join(':');
}

/** One range after the other, bit by bit. */
function oracle(ranges: readonly Range[], family: Family, address: bigint): boolean {
  return ranges.some(
    (range) =>
      range.family === family && (range.base ^ address) >> BigInt(BITS[family] - range.prefix) === 0n,
  );
}

function parse({ family, base, prefix }: Range) {
  const range = parseAddressRange(`${text(family, base)}/${prefix}`);
  if (range === null) throw new Error(`${text(family, base)}/${prefix} has not been understood`);
  return range;
}

describe('AddressRanges', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
    'finds what a look at every range finds (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const ranges = Array.from({ length: random(60) }, (): Range => {
        const family = random(2) === 0 ? 4 : 6;
        const base = NETWORK[family] + BigInt(random(512));
        return { family, base, prefix: BITS[family] - random(7) };
      });
      const found = new AddressRanges(ranges.map(parse));
      const wrong: string[] = [];
      for (const asked of [4, 6] as const) {
        for (let offset = -2n; offset < 600n; offset += 1n) {
          const address = NETWORK[asked] + offset;
          const written = text(asked, address);
          if (found.has(written) !== oracle(ranges, asked, address)) wrong.push(written);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each([
    ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::', '::1', 'ffff::']],
    ['::/0', ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], ['0.0.0.0', '255.255.255.255']],
    ['255.255.255.255', ['255.255.255.255'], ['255.255.255.254', '0.0.0.0']],
  ])('%s contains its first and last address, and none of the other family', (range, inside, outside) => {
    const parsed = parseAddressRange(range);
    const ranges = new AddressRanges(parsed ? [parsed] : []);
    expect(inside.map((address) => ranges.has(address))).not.toContain(false);
    expect(outside.map((address) => ranges.has(address))).not.toContain(true);
  });

  it('contains nothing without a range', () => {
    expect(new AddressRanges([]).has('127.0.0.1')).toBe(false);
  });
});
