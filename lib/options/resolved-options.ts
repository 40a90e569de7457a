import type {
  CloseOptions,
  ControllerOptions,
  IgnoreOptions,
  LogoutOptions,
  MaintenanceModuleOptions,
  ResponseOptions,
  UserOptions,
} from './maintenance-module-options.js';
import type { AddressRange } from '../validation/ip-address.js';
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
