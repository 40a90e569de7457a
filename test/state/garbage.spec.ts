import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceStorageError } from '../../lib/index.js';
import { parseRecord } from '../../lib/state/record-format.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts, type StateContext } from '../support/state-context.js';

afterEach(closeContexts);

const GARBAGE = '<html>garbage</html>';

async function withGarbage(): Promise<StateContext & { storage: FaultyStorage }> {
  const storage = new FaultyStorage();
  await storage.memory.write(GARBAGE);
  return { storage, ...(await bootContext({ storage })) };
}

async function storedIn(storage: FaultyStorage): Promise<string> {
  return (await storage.memory.read())?.text ?? '';
}

describe('Text that does not parse', () => {
  it.each([
    ['enable', 'active'],
    ['disable', 'off'],
  ] as const)('is replaced by %s of the whole application, with a warning', async (method, state) => {
    const { storage, maintenance, logs } = await withGarbage();
    expect(maintenance.status()).toMatchObject({ stale: true });
    expect(await maintenance[method]({ by: 'ada' })).toMatchObject({ state, stale: false });
    expect(parseRecord(await storedIn(storage)).application.state).toBe(state === 'active' ? 'on' : 'off');
    expect(logs.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(/"<html>garbage<\/html>"\. It is replaced\.$/),
    ]);
    expect(await maintenance.refresh()).toMatchObject({ state, stale: false });
  });

  it.each(['enable', 'disable'] as const)('is not replaced by %s of a scope', async (method) => {
    const { storage, maintenance } = await withGarbage();
    await expect(maintenance[method]({ scope: 'billing' })).rejects.toBeInstanceOf(MaintenanceStorageError);
    expect(await storedIn(storage)).toBe(GARBAGE);
  });

  it('is replaced over the last known record, so that no scope is lost', async () => {
    const storage = new FaultyStorage();
    const { maintenance } = await bootContext({ storage });
    await maintenance.enable({ scope: 'billing' });
    await storage.memory.write(GARBAGE);
    await maintenance.enable();
    expect([...parseRecord(await storedIn(storage)).scopes.keys()]).toEqual(['billing']);
  });

  it('is not replaced if the storage cannot be read at all', async () => {
    const { storage, maintenance } = await withGarbage();
    storage.faultyRead = throws;
    await expect(maintenance.enable()).rejects.toThrow('broken on purpose');
    expect(await storedIn(storage)).toBe(GARBAGE);
  });
});
