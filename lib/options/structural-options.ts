import { redirectUrl } from './option-checks.js';
import { boolean, checkOption, is, object, string } from '../validation/check.js';
import type {
  ControllerOptions,
  MaintenanceModuleExtras,
  MaintenanceStorageProvider,
} from './maintenance-module-options.js';
import type { ResolvedController } from './resolved-options.js';
import type { Provider } from '@nestjs/common';
import { MAINTENANCE_STORAGE, MODULE_OPTIONS } from '../interfaces/tokens.js';
import { MaintenanceOptionsError } from '../errors.js';
import { FileStorage } from '../storages/file/file.storage.js';
import { memberOf } from '../validation/values.js';

const controllerOptions = object({
  path: string({ min: 1 }),
  guards: is(
    'an array of guards',
    (value): value is NonNullable<ControllerOptions['guards']> =>
      Array.isArray(value) && value.every(isGuard),
  ),
  decorators: is(
    'an array of class decorators',
    (value): value is readonly ClassDecorator[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'function'),
  ),
  confirm: boolean,
  loginUrl: redirectUrl,
});

/** As Nest: a class, or an object with `canActivate`. */
function isGuard(item: unknown): boolean {
  if (typeof item === 'function') return true;
  return (
    typeof item === 'object' &&
    item !== null &&
    'canActivate' in item &&
    typeof item.canActivate === 'function'
  );
}

const extras = object({
  controller: (value, path) => (value === false ? value : controllerOptions(value, path)),
});

/**
 * Validates the settings of the toggle routes and fills in the defaults; null: no routes.
 *
 * @throws MaintenanceOptionsError
 */
export function resolveController(given: MaintenanceModuleExtras): ResolvedController | null {
  const { controller = {} } = checkOption(extras, { controller: given.controller }, '');
  if (controller === false) return null;
  return {
    path: 'maintenance-mode',
    guards: [],
    decorators: [],
    confirm: true,
    loginUrl: undefined,
    ...controller,
  };
}

const ONLY_ONE_STORAGE = Symbol('nestjs-maintenance-mode:only-one-storage');

/**
 * The provider of `MAINTENANCE_STORAGE`: the `storage` of the module, else the one that a factory returns among the options,
 * else a file.
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

/** Whether the value is a provider of a storage and not a storage itself. */
export function isStorageProvider(storage: unknown): storage is MaintenanceStorageProvider {
  return ['useClass', 'useFactory', 'useExisting'].some((member) => memberOf(storage, member) !== undefined);
}

function chosenStorage(options: unknown): unknown {
  return memberOf(options, 'storage') ?? new FileStorage();
}

/** A separate provider: in a test, an override of `MAINTENANCE_STORAGE` beside the storage of a factory is no mistake. */
function refuseSecond(options: unknown): void {
  if (memberOf(options, 'storage') === undefined) return;
  throw new MaintenanceOptionsError(
    'storage',
    'it stands beside "useFactory" and in what that returns; keep one.',
  );
}
