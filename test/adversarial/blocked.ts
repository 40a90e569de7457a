import { expect } from '@jest/globals';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What every maintenance response has, whoever asked for whatever. */
export const HEADERS: Readonly<Record<string, unknown>> = {
  'maintenance-mode': 'active',
  'retry-after': '3600',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  vary: expect.stringMatching(/\baccept\b/i),
  'content-length': expect.stringMatching(/^[1-9]\d*$/),
};

/** A 503 of maintenance mode, in its own words. */
export function expectBlocked({ status, headers }: Answer): void {
  expect({ status, headers }).toMatchObject({
    status: 503,
    headers: {
      ...HEADERS,
      'content-type': expect.stringMatching(/^(?:application\/(?:problem\+)?json|text\/html)\b/),
    },
  });
}

/** The same where the guard may have answered: through filters, and through what compresses answers. */
export function expectBlockedByAny({ status, headers }: Answer): void {
  const { 'content-length': _, ...others } = HEADERS;
  expect({ status, headers }).toMatchObject({ status: 503, headers: others });
}
