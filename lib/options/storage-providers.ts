import type { Provider } from '@nestjs/common';
import { MAINTENANCE_STORAGE, MODULE_OPTIONS } from '../interfaces/tokens.js';
import { MaintenanceOptionsError } from '../errors.js';
import { FileStorage } from '../storages/file/file.storage.js';
import { memberOf } from '../validation/member.js';
import type { MaintenanceModuleExtras, MaintenanceStorageProvider } from './maintenance-module-options.js';

const ONLY_ONE_STORAGE = Symbol('nestjs-maintenance-mode:only-one-storage');

/**
 * The provider of `MAINTENANCE_STORAGE`: the `storage` of the module, else the one among the options that a factory
 * returns, else a file.
 */
export function storageProviders(storage: MaintenanceModuleExtras['storage']): Provider[] {
  if (storage === undefined) {
    return [{ provide: MAINTENANCE_STORAGE, useFactory: chosenStorage, inject: [MODULE_OPTIONS] }];
  }
  return [
    isStorageProvider(storage)
      ? { provide: MAINTENANCE_STORAGE, ...storage }
      : { provide: MAINTENANCE_STORAGE, useValue: storage },
    { provide: ONLY_ONE_STORAGE, useFactory: refuseSecond, inject: [MODULE_OPTIONS] },
  ];
}

/** Whether it tells Nest how to make a storage, and is none itself. */
export function isStorageProvider(storage: unknown): storage is MaintenanceStorageProvider {
  return ['useClass', 'useFactory', 'useExisting'].some((member) => memberOf(storage, member) !== undefined);
}

function chosenStorage(options: unknown): unknown {
  return memberOf(options, 'storage') ?? new FileStorage();
}

/** A test that overrides `MAINTENANCE_STORAGE` overrides both. */
function refuseSecond(options: unknown): void {
  if (memberOf(options, 'storage') === undefined) return;
  throw new MaintenanceOptionsError(
    'storage',
    'it stands beside "useFactory" and in what that returns; keep one.',
  );
}
