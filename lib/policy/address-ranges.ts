import { type AddressRange, addressNumber } from '../validation/ip-address.js';

/** Many ranges, in which an address is found by halving: ten thousand cost a few steps more than ten. */
export class AddressRanges {
  readonly #ranges: readonly AddressRange[];

  constructor(ranges: readonly AddressRange[]) {
    this.#ranges = merged(ranges);
  }

  /** Whether the text is an address in one of them; what is no address is in none. */
  has(address: string): boolean {
    const number = addressNumber(address);
    if (number === null) return false;
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const range = this.#ranges[middle];
      if (range === undefined) return false;
      if (number < range.first) high = middle - 1;
      else if (number > range.last) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** Sorted, and without overlaps: then halving finds the one range that can have an address. */
function merged(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const last = result.at(-1);
    if (last === undefined || range.first > last.last) result.push(range);
    else if (range.last > last.last) result[result.length - 1] = { first: last.first, last: range.last };
  }
  return result;
}
