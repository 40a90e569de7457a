import { describe, expect, it } from '@jest/globals';
import { compare } from './compare.js';
import { CONFIGURATIONS, nameOf } from './configurations.js';

const FIRST_SEED = 1;
const REQUESTS = 120;

/** The short form; `npm run test:fuzz` is the long one. */
describe('With maintenance on, nothing but @MaintenanceOff handlers runs', () => {
  it.each(
    CONFIGURATIONS.map(
      (configuration, index) => [nameOf(configuration), configuration, FIRST_SEED + index] as const,
    ),
  )(
    '%s',
    async (_, configuration, seed) => {
      const { open, closed, slipped, lost } = await compare(configuration, {
        seed,
        count: REQUESTS,
        withServeStatic: configuration.adapter === 'express',
      });
      expect({ slipped, lost }).toEqual({ slipped: [], lost: [] });
      // The application was there, and both kinds of request reached it.
      expect(open).toBeGreaterThan(REQUESTS / 25);
      expect(closed).toBeGreaterThan(REQUESTS / 4);
    },
    120_000,
  );
});
