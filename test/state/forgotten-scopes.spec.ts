import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryStorage } from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

describe('Scopes that are over', () => {
  it.each([
    ['were turned off', { state: 'off' }],
    ['have run out', { state: 'on', endsAt: '2020-01-01T00:00:00.000Z' }],
  ])('and %s leave the record with the next change', async (_, over) => {
    const storage = new MemoryStorage();
    const scopes = Object.fromEntries(
      Array.from({ length: 300 }, (__, index) => [`tenant-${index}`, { ...over, revision: index }]),
    );
    const holds = { holds: { state: 'on', revision: 0 } };
    const application = { state: 'off', revision: 0 };
    await storage.write(
      JSON.stringify({ version: 1, revision: 300, application, scopes: { ...scopes, ...holds } }),
    );
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable();
    const record = parseRecord((await storage.read())?.text ?? '');
    expect([...record.scopes.keys()]).toEqual(['holds']);
  });
});
