import type { IgnoreOptions } from '../options/maintenance-module-options.js';
import type { UserFunctions } from '../options/user-functions.js';
import type { Exemption } from './exemption.js';

/** Lets requests through by the application's own rule. A rule that fails lets nobody through. */
export function ignoreWhen(
  when: NonNullable<IgnoreOptions['when']>,
  userFunctions: UserFunctions,
): Exemption {
  return {
    name: 'when',
    covers: ({ request }) => userFunctions.confirms('ignore.when', () => when(request)),
  };
}
