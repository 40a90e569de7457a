import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { MODULE_OPTIONS } from './interfaces/tokens.js';
import { createMaintenanceController, routesProvider } from './admin/maintenance.controller.js';
import type {
  MaintenanceModuleExtras,
  MaintenanceModuleOptions,
} from './options/maintenance-module-options.js';
import { resolveController, storageProviders } from './options/structural-options.js';
import { servicesOfOtherCopies } from './state/service-copies.js';

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
