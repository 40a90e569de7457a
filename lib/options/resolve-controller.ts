import { boolean, is, object, string } from '../validation/check.js';
import { checkOption } from '../validation/check-option.js';
import type { ControllerOptions, MaintenanceModuleExtras } from './maintenance-module-options.js';
import type { ResolvedController } from './resolved-options.js';

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
});

/** As Nest sees it: a class, or an object that can activate. */
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
 * Validates the structural settings of the toggle routes and fills in the defaults; null: no routes.
 *
 * @throws MaintenanceOptionsError
 */
export function resolveController(given: MaintenanceModuleExtras): ResolvedController | null {
  const { controller = {} } = checkOption(extras, { controller: given.controller }, '');
  if (controller === false) return null;
  return { path: 'maintenance-mode', guards: [], decorators: [], confirm: true, ...controller };
}
