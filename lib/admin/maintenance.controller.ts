import { Controller, Get, Post, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { MaintenanceOff } from '../decorators/maintenance.decorators.js';
import { hideFromOpenApi } from '../internals/nest.js';
import type { ResolvedController } from '../options/resolved-options.js';
import { Answer } from './route-answer.js';

/** The routes of the module. Nest needs a method for each; it does not run, since `RouteGuard` answers before. */
abstract class RoutesOfModule {
  @Get()
  @Answer((routes, call) => routes.status(call))
  status(): void {}

  @Get('on')
  @Answer((routes, call) => routes.openToggle('on', call))
  openOn(): void {}

  @Get('off')
  @Answer((routes, call) => routes.openToggle('off', call))
  openOff(): void {}

  @Post('on')
  @Answer((routes, call) => routes.postToggle('on', call))
  postOn(): void {}

  @Post('off')
  @Answer((routes, call) => routes.postToggle('off', call))
  postOff(): void {}

  @Post('update')
  @Answer((routes, call) => routes.postToggle('update', call))
  postUpdate(): void {}

  @Get('admin')
  @Answer((routes, call) => routes.admin.open(call))
  openAdmin(): void {}

  @Post('admin')
  @Answer((routes, call) => routes.admin.post(call))
  postAdmin(): void {}

  @Get('banner.js')
  @Answer((routes, call) => routes.banner.reply(call))
  openBanner(): void {}

  @Get('bypass/:secret')
  @Answer((routes, call) => routes.openBypass(call))
  openBypass(): void {}
}

/** The controller for the settings: Nest takes path, guards and decorators from the class. */
export function createMaintenanceController({ path, guards, decorators }: ResolvedController): Type {
  @MaintenanceOff()
  @UseGuards(...guards)
  @Controller({ path, version: VERSION_NEUTRAL })
  class MaintenanceController extends RoutesOfModule {}
  hideFromOpenApi(MaintenanceController);
  for (const decorate of decorators) decorate(MaintenanceController);
  return MaintenanceController;
}
