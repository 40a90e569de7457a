import type { IgnoreOptions, LogoutOptions } from './maintenance-module-options.js';

/** Whether some rule depends on who the user is, which nobody knows before authentication has run. */
export function hasUserRules({
  anonymousUsers,
  authenticatedUsers,
  staff,
  superusers,
}: Pick<IgnoreOptions, 'anonymousUsers' | 'authenticatedUsers' | 'staff' | 'superusers'>): boolean {
  return [anonymousUsers, authenticatedUsers, staff, superusers].includes(true);
}

export function endsSessions({ authenticatedUsers, staff, superusers }: LogoutOptions): boolean {
  return [authenticatedUsers, staff, superusers].includes(true);
}
