import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { MODULE_OPTIONS } from './contracts/tokens.js';
import { createMaintenanceController } from './control/maintenance.controller.js';
import type {
  MaintenanceModuleExtras,
  MaintenanceModuleOptions,
} from './options/maintenance-module-options.js';
import { resolveController } from './options/resolve-controller.js';

const EXTRAS: MaintenanceModuleExtras = { isGlobal: true, controller: {} };

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MaintenanceModuleOptions>({ optionsInjectionToken: MODULE_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createMaintenanceOptions')
    .setExtras(EXTRAS, (definition, extras): DynamicModule => {
      const controller = resolveController(extras);
      return {
        ...definition,
        global: extras.isGlobal ?? true,
        controllers: controller === null ? [] : [createMaintenanceController(controller)],
      };
    })
    .build();
