import { describe, expect, it } from '@jest/globals';
import { backoff } from '../../lib/state/storage-sync.js';

const ALMOST_ONE = 1 - Number.EPSILON;

describe('The pause before a failed read is made again', () => {
  it.each([
    [1_000, 1, 2_000],
    [1_000, 2, 4_000],
    [1_000, 3, 5_000],
    [1_000, 1_000, 5_000], // an outage of a day
    [20, 4, 320],
    [20, 1_000, 5_000],
    [10_000, 1_000, 10_000], // not more often than it is read otherwise
    [3_600_000, 1, 30_000],
  ])('with a poll interval of %i ms is after %i failures at most %i ms', (interval, failures, longest) => {
    expect(backoff(interval, failures, ALMOST_ONE)).toBeCloseTo(longest);
    expect(backoff(interval, failures, 0.5)).toBeCloseTo(longest / 2);
  });

  it('is at least 50 ms', () => {
    expect(backoff(20, 1, 0)).toBe(50);
  });
});
