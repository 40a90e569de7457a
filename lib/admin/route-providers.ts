import type { Provider } from '@nestjs/common';
import { CONTROLLER_SETTINGS } from '../interfaces/tokens.js';
import type { ResolvedController } from '../options/resolved-options.js';
import { AdminDesk } from './admin-desk.js';
import { AdminRoutes } from './admin-routes.js';
import { Banner } from './banner.js';
import { MaintenanceRoutes } from './maintenance-routes.js';
import { RouteUrls } from './route-urls.js';
import { Superusers } from './superusers.js';
import { Toggle } from './toggle.js';

/** The providers of the routes of the module. */
export function routeProviders(settings: ResolvedController): Provider[] {
  return [
    { provide: CONTROLLER_SETTINGS, useValue: settings },
    Superusers,
    Toggle,
    AdminDesk,
    AdminRoutes,
    Banner,
    MaintenanceRoutes,
    RouteUrls,
  ];
}
