import type { CanActivate } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { HttpPlatformHost } from './http-platform-host.js';
import type { Refusals } from './refusals.js';
import type { RouteRules } from './route-rules.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { Policy } from '../policy/policy.js';
import type { Responder } from '../response/responder.js';
import type { CurrentState } from '../state/current-state.js';
import type { InFlightWork } from '../state/in-flight-work.js';

/** What integrations are made of: Nest's parts of the application, and those of the module. */
export interface IntegrationParts {
  readonly modules: ModulesContainer;
  readonly applicationConfig: ApplicationConfig;
  readonly adapterHost: HttpAdapterHost;
  readonly options: Pick<ResolvedOptions, 'close'>;
  readonly state: CurrentState;
  readonly work: InFlightWork;
  readonly policy: Policy;
  readonly rules: RouteRules;
  readonly refusals: Refusals;
  readonly responder: Responder;
  readonly platformHost: HttpPlatformHost;
  /** The guard of the application, which itself needs the integrations: known when all providers are made. */
  readonly guard: () => CanActivate;
}
