import { Test } from '@nestjs/testing';
import { MaintenanceModule, MemoryStorage } from '../../lib/index.js';

/** Boots without HTTP; the error that it fails with. */
export async function bootError(options: object): Promise<unknown> {
  const boot = async (): Promise<void> => {
    const imports = [MaintenanceModule.forRoot({ storage: new MemoryStorage(), ...options })];
    const testing = await Test.createTestingModule({ imports }).compile();
    await testing.init();
    await testing.close();
  };
  return boot().then(
    () => 'it booted',
    (error: unknown) => error,
  );
}
