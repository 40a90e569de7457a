import {
  type Abstract,
  ConfigurableModuleBuilder,
  type DynamicModule,
  type ExistingProvider,
  type Provider,
} from '@nestjs/common';
import { MaintenanceOptionsError } from './errors.js';
import { MAINTENANCE_STORAGE, MODULE_OPTIONS, sharedByCopies } from './interfaces/tokens.js';
import { createMaintenanceController, routesProvider } from './admin/maintenance.controller.js';
import type {
  MaintenanceModuleExtras,
  MaintenanceModuleOptions,
} from './options/maintenance-module-options.js';
import { isStorageProvider } from './options/option-checks.js';
import { resolveController } from './options/resolved-options.js';
import { FileStorage } from './storages/file/file.storage.js';
import { MaintenanceService } from './state/maintenance.service.js';
import { memberOf } from './validation/values.js';

const EXTRAS: MaintenanceModuleExtras = { controller: {}, storage: undefined, imports: [] };

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MaintenanceModuleOptions>({ optionsInjectionToken: MODULE_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createMaintenanceOptions')
    .setExtras(EXTRAS, (definition, extras): DynamicModule => {
      const controller = resolveController(extras);
      const providers = [
        ...(definition.providers ?? []),
        ...storageProviders(extras.storage),
        ...(controller === null ? [] : [routesProvider(controller)]),
      ];
      return {
        ...definition,
        global: true,
        imports: definition.imports ?? extras.imports ?? [],
        controllers: controller === null ? [] : [createMaintenanceController(controller)],
        // Nest asks when it has loaded the application, with all copies of this package that it uses.
        get providers() {
          return [...providers, ...servicesOfOtherCopies()];
        },
        get exports() {
          return servicesOfOtherCopies().map(({ provide }) => provide);
        },
      };
    })
    .build();

const ONLY_ONE_STORAGE = Symbol('nestjs-maintenance-mode:only-one-storage');

/**
 * The provider of `MAINTENANCE_STORAGE`: the `storage` of the module, else the one that a factory returns among the options,
 * else a file.
 */
function storageProviders(storage: MaintenanceModuleExtras['storage']): Provider[] {
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

/** Nest injects by class, and each copy of this package has its own class. */
const classes = sharedByCopies('service-classes', () => new Set<Abstract<MaintenanceService>>());
classes.add(MaintenanceService);

/** Injects the service of the application where the `MaintenanceService` of another copy is asked for. */
function servicesOfOtherCopies(): readonly ExistingProvider[] {
  return [...classes]
    .filter((copy) => copy !== MaintenanceService)
    .map((copy) => ({ provide: copy, useExisting: MaintenanceService }));
}
