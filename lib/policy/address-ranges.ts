import {
  addressNumber,
  type AddressNumber,
  type AddressRange,
  type RangeOf,
} from '../validation/ip-address.js';

/** Many ranges, in which an address is found by halving: ten thousand cost a few steps more than ten. */
export class AddressRanges {
  readonly #ipv4: readonly RangeOf<number>[];
  readonly #ipv6: readonly RangeOf<bigint>[];

  constructor(ranges: readonly AddressRange[]) {
    this.#ipv4 = merged(ranges.filter(isIpv4));
    this.#ipv6 = merged(ranges.filter((range): range is RangeOf<bigint> => !isIpv4(range)));
  }

  /** Whether the text is an address in one of them; what is no address is in none. */
  has(address: string): boolean {
    const number = addressNumber(address);
    if (number === null) return false;
    return typeof number === 'number' ? covers(this.#ipv4, number) : covers(this.#ipv6, number);
  }
}

function isIpv4(range: AddressRange): range is RangeOf<number> {
  return typeof range.first === 'number';
}

function covers<T extends AddressNumber>(ranges: readonly RangeOf<T>[], number: T): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (number < range.first) high = middle - 1;
    else if (number > range.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Sorted, and without overlaps: then halving finds the one range that can have an address. */
function merged<T extends AddressNumber>(ranges: readonly RangeOf<T>[]): RangeOf<T>[] {
  const result: RangeOf<T>[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const last = result.at(-1);
    if (last === undefined || range.first > last.last) result.push(range);
    else if (range.last > last.last) result[result.length - 1] = { first: last.first, last: range.last };
  }
  return result;
}
