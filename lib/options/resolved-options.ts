import type {
  CloseOptions,
  ControllerOptions,
  IgnoreOptions,
  LogoutOptions,
  MaintenanceModuleOptions,
  ResponseOptions,
  UserOptions,
} from './maintenance-module-options.js';
import type { AddressRange } from '../validation/address-ranges.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';

type Defaulted<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]-?: NonNullable<T[P]> };

/** The options with all defaults, validated. */
export interface ResolvedOptions {
  readonly enabled: boolean | undefined;
  readonly storage: MaintenanceStorage;
  readonly sync: { readonly pollIntervalMs: number; readonly timeoutMs: number };
  readonly unknownState: NonNullable<MaintenanceModuleOptions['unknownState']>;
  readonly ignore: Omit<IgnoreOptions, 'ipAddresses'> & { readonly ipAddresses: readonly AddressRange[] };
  readonly getClientIp: NonNullable<MaintenanceModuleOptions['getClientIp']>;
  readonly user: Defaulted<UserOptions, 'id' | 'isStaff' | 'isSuperuser' | 'afterGuards'>;
  readonly logout: Required<LogoutOptions>;
  readonly callbackTimeoutMs: number;
  readonly response: Defaulted<ResponseOptions, 'type' | 'statusCode' | 'retryAfterSeconds' | 'headers'>;
  readonly close: Required<CloseOptions>;
  /** Undefined without a secret. */
  readonly bypass: { readonly secret: string; readonly maxAgeSeconds: number } | undefined;
}

export interface ResolvedController extends Required<ControllerOptions> {}

/** Whether an exemption depends on the user, whom nobody knows before authentication has run. */
export function hasUserRules(
  ignore: Pick<IgnoreOptions, 'anonymousUsers' | 'authenticatedUsers' | 'staff' | 'superusers'>,
): boolean {
  const { anonymousUsers, authenticatedUsers, staff, superusers } = ignore;
  return [anonymousUsers, authenticatedUsers, staff, superusers].includes(true);
}

export function endsSessions({ authenticatedUsers, staff, superusers }: LogoutOptions): boolean {
  return [authenticatedUsers, staff, superusers].includes(true);
}
