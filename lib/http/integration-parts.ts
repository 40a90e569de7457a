import type { CanActivate } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { AdapterBridgeHost } from './adapter-bridge-host.js';
import type { MaintenanceExceptionFactory } from './maintenance-exception.factory.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { Policy } from '../policy/policy.js';
import type { Responder } from '../response/responder.js';
import type { CurrentState } from '../state/current-state.js';
import type { InFlightWork } from '../drain/in-flight-work.js';

/** What integrations are made of: Nest's parts of the application, and those of the module. */
export interface IntegrationParts {
  readonly modules: ModulesContainer;
  readonly applicationConfig: ApplicationConfig;
  readonly adapterHost: HttpAdapterHost;
  readonly options: Pick<ResolvedOptions, 'close'>;
  readonly state: CurrentState;
  readonly work: InFlightWork;
  readonly policy: Policy;
  readonly exceptions: MaintenanceExceptionFactory;
  readonly responder: Responder;
  readonly host: AdapterBridgeHost;
  /** The guard of the application, which itself needs the integrations: known when all providers are made. */
  readonly guard: () => CanActivate;
}
