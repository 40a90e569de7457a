import { describe, expect, it } from '@jest/globals';
import { MemoryStorage } from 'nestjs-maintenance-mode';
import { describeMaintenanceStorage } from 'nestjs-maintenance-mode/testing';

describeMaintenanceStorage(
  'MemoryStorage',
  () => {
    const storage = new MemoryStorage();
    return { connect: () => storage };
  },
  { describe, it },
);

describe('MemoryStorage', () => {
  it('keeps two storages apart', async () => {
    const other = new MemoryStorage();
    await new MemoryStorage().write('text');
    expect(await other.read()).toBeNull();
  });

  it('is atomic, and what it loses is lost', () => {
    const { name, atomic, missing }: { name: string; atomic: boolean; missing?: unknown } =
      new MemoryStorage();
    expect({ name, atomic, missing }).toEqual({ name: 'memory', atomic: true, missing: undefined });
  });
});
