import type { Abstract, ExistingProvider } from '@nestjs/common';
import { sharedByCopies } from '../interfaces/tokens.js';
import { MaintenanceService } from './maintenance.service.js';

/** Nest injects by class, and each copy of this package has a class of its own. */
const classes = sharedByCopies('service-classes', () => new Set<Abstract<MaintenanceService>>());
classes.add(MaintenanceService);

/** Injects the service of the application where the `MaintenanceService` of another copy is asked for. */
export function servicesOfOtherCopies(): readonly ExistingProvider[] {
  return [...classes]
    .filter((copy) => copy !== MaintenanceService)
    .map((copy) => ({ provide: copy, useExisting: MaintenanceService }));
}
