import { type DynamicModule, Inject, Module, type NestModule, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, ApplicationConfig } from '@nestjs/core';
import {
  JOB_PAUSES,
  MAINTENANCE_STORAGE,
  MODULE_OPTIONS,
  RESOLVED_OPTIONS,
  STATE_PARTS,
} from './contracts/tokens.js';
import { Toggle } from './control/toggle.js';
import { EventStreamsInterceptor } from './http/event-streams.interceptor.js';
import { Gate } from './http/gate/gate.js';
import { GateJudge } from './http/gate/gate-judge.js';
import { GateResponder } from './http/gate/gate-responder.js';
import { PassedRequests } from './http/gate/passed-requests.js';
import { RouteMarks } from './http/gate/route-marks.js';
import { SealedResponses } from './http/gate/sealed-responses.js';
import { HttpPlatformHost } from './http/http-platform-host.js';
import { Integrations } from './http/integration.js';
import { LateDecisionInterceptor } from './http/late-decision.interceptor.js';
import { MaintenanceExceptionFilter } from './http/maintenance-exception.filter.js';
import { MaintenanceGuard } from './http/maintenance.guard.js';
import { Refusals } from './http/refusals.js';
import { RouteRules } from './http/route-rules.js';
import { UndecidedRequests } from './http/undecided-requests.js';
import { ViewLocals } from './http/view-locals.js';
import { integrationsProvider, jobPausesProvider } from './integrations.provider.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './maintenance.module-definition.js';
import type { MaintenanceRootOptions } from './options/maintenance-module-options.js';
import { resolveOptions } from './options/resolve-options.js';
import { UserFunctions } from './options/user-functions.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import { Bypass } from './policy/bypass.js';
import { buildExemptions } from './policy/exemptions.js';
import { Policy } from './policy/policy.js';
import { Responder } from './response/responder.js';
import { createState, type StateParts } from './state/create-state.js';
import { CurrentState } from './state/current-state.js';
import { MaintenanceService } from './state/maintenance.service.js';
import { InFlightWork } from './state/in-flight-work.js';
import { StateLifecycle } from './state/state-lifecycle.js';
import { StateWriter } from './state/state-writer.js';

/** The applications that have it. */
const configured = new WeakSet<ApplicationConfig>();

/**
 * Maintenance mode for the whole application. Importing it is enough: gate, guard, filter and toggle routes are registered by it.
 *
 * @example
 * ```ts
 * @Module({ imports: [MaintenanceModule.forRoot()] })
 * export class AppModule {}
 * ```
 * @publicApi
 */
@Module({
  providers: [
    { provide: RESOLVED_OPTIONS, useFactory: resolveOptions, inject: [MODULE_OPTIONS, MAINTENANCE_STORAGE] },

    {
      // Read before anything asks: who gets one of the parts finds the state known.
      provide: STATE_PARTS,
      useFactory: async (options: ResolvedOptions) => {
        const parts = createState(options);
        await parts.lifecycle.boot();
        return parts;
      },
      inject: [RESOLVED_OPTIONS],
    },
    { provide: CurrentState, useFactory: ({ state }: StateParts) => state, inject: [STATE_PARTS] },
    { provide: StateWriter, useFactory: ({ writer }: StateParts) => writer, inject: [STATE_PARTS] },
    { provide: InFlightWork, useFactory: ({ work }: StateParts) => work, inject: [STATE_PARTS] },
    { provide: StateLifecycle, useFactory: ({ lifecycle }: StateParts) => lifecycle, inject: [STATE_PARTS] },
    { provide: MaintenanceService, useFactory: ({ service }: StateParts) => service, inject: [STATE_PARTS] },

    {
      provide: Bypass,
      useFactory: ({ bypass }: ResolvedOptions, state: CurrentState) =>
        bypass ? new Bypass(bypass.secret, bypass.maxAgeSeconds, state) : null,
      inject: [RESOLVED_OPTIONS, CurrentState],
    },
    {
      provide: Policy,
      useFactory: (
        options: ResolvedOptions,
        state: CurrentState,
        bypass: Bypass | null,
        userFunctions: UserFunctions,
      ) => new Policy(state, buildExemptions(options, bypass, userFunctions)),
      inject: [RESOLVED_OPTIONS, CurrentState, Bypass, UserFunctions],
    },
    {
      provide: Responder,
      useFactory: ({ response }: ResolvedOptions, userFunctions: UserFunctions) =>
        new Responder(response, userFunctions),
      inject: [RESOLVED_OPTIONS, UserFunctions],
    },

    integrationsProvider,
    jobPausesProvider,
    UserFunctions,
    RouteRules,
    Refusals,
    UndecidedRequests,
    ViewLocals,
    HttpPlatformHost,
    Gate,
    GateJudge,
    GateResponder,
    RouteMarks,
    SealedResponses,
    PassedRequests,
    Toggle,
    MaintenanceGuard,
    { provide: APP_GUARD, useExisting: MaintenanceGuard },
    LateDecisionInterceptor,
    EventStreamsInterceptor,
    MaintenanceExceptionFilter,
  ],
  exports: [
    MAINTENANCE_STORAGE,
    MaintenanceService,
    MaintenanceGuard,
    MaintenanceExceptionFilter,
    // What a guard or a filter needs that another module names in its own decorators.
    RouteRules,
    Policy,
    Refusals,
    UndecidedRequests,
    ViewLocals,
    SealedResponses,
    PassedRequests,
    HttpPlatformHost,
    Integrations,
    JOB_PAUSES,
  ],
})
export class MaintenanceModule extends ConfigurableModuleClass implements NestModule, OnModuleInit {
  constructor(
    private readonly applicationConfig: ApplicationConfig,
    private readonly policy: Policy,
    private readonly interceptor: LateDecisionInterceptor,
    private readonly eventStreams: EventStreamsInterceptor,
    private readonly filter: MaintenanceExceptionFilter,
    private readonly gate: Gate,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    super();
  }

  /** @throws MaintenanceOptionsError for structural settings; the others are checked when the application boots. */
  static override forRoot(options: MaintenanceRootOptions = {}): DynamicModule {
    // A provider of the storage is taken out of the options by `storageProviders`.
    return super.forRoot(options as typeof OPTIONS_TYPE);
  }

  /** @throws MaintenanceOptionsError for structural settings; the others are checked when the application boots. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Runs after `main.ts`: of global filters the last one is asked first, of interceptors the first one. */
  configure(): void {
    if (configured.has(this.applicationConfig)) {
      throw new Error('MaintenanceModule is imported twice, with two states. Import it once: it is global.');
    }
    configured.add(this.applicationConfig);
    this.applicationConfig.addGlobalFilter(this.filter);
    const interceptors = this.applicationConfig.getGlobalInterceptors();
    if (this.options.close.eventStreams) interceptors.unshift(this.eventStreams);
    if (this.policy.decidesLate) interceptors.unshift(this.interceptor);
    this.gate.hang();
  }

  /** Runs when the routes are registered. */
  onModuleInit(): void {
    this.gate.routesRegistered();
  }
}
