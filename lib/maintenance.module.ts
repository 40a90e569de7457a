import { MaintenanceOptionsError } from './errors.js';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_GUARD, ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { JOB_PAUSES } from './decorators/maintenance.decorators.js';
import {
  MAINTENANCE_STORAGE,
  MODULE_OPTIONS,
  OBSERVATIONS,
  RESOLVED_OPTIONS,
  sharedByCopies,
  STATE_PARTS,
} from './interfaces/tokens.js';
import {
  AfterGuardsInterceptor,
  EventStreamsInterceptor,
  MaintenanceExceptionFilter,
  MaintenanceGuard,
} from './http/maintenance.guard.js';
import { Gate } from './http/gate.js';
import { AdapterBridgeHost, Integrations } from './http/integration.js';
import { integrationsProvider, jobPausesProvider } from './integrations.provider.js';
import { hasExemptRoute } from './policy/route-rules.js';
import { Observations, warnAboutProbes } from './observability/observations.js';
import { putFirst } from './internals/nest.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './maintenance.module-definition.js';
import type { MaintenanceStorage } from './interfaces/maintenance-storage.js';
import type {
  MaintenanceModuleOptions,
  MaintenanceRootOptions,
} from './options/maintenance-module-options.js';
import { type ResolvedOptions, resolveOptions } from './options/resolved-options.js';
import { Bypass } from './policy/bypass.js';
import { buildExemptions } from './policy/exemptions.js';
import { Policy } from './policy/policy.js';
import { MaintenancePage } from './response/maintenance-page.js';
import { Responder } from './response/responder.js';
import { StateParts } from './state/state-parts.js';
import { MaintenanceService } from './state/maintenance.service.js';
import { InFlightWork } from './drain/in-flight-work.js';

/** The applications that already have the module. */
const configured = sharedByCopies('configured-applications', () => new WeakSet<ApplicationConfig>());

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
    {
      provide: RESOLVED_OPTIONS,
      useFactory: (given: MaintenanceModuleOptions | undefined, storage: MaintenanceStorage) =>
        resolveOptions(given, new Logger('MaintenanceMode'), storage),
      inject: [MODULE_OPTIONS, MAINTENANCE_STORAGE],
    },

    {
      // The state is read before any of the parts is injected.
      provide: STATE_PARTS,
      useFactory: async (options: ResolvedOptions) => {
        const parts = new StateParts(options, new Logger('MaintenanceMode'));
        await parts.boot();
        return parts;
      },
      inject: [RESOLVED_OPTIONS],
    },
    InFlightWork,
    {
      provide: MaintenanceService,
      useFactory: (parts: StateParts, work: InFlightWork) =>
        new MaintenanceService(parts, work, new Logger('MaintenanceMode')),
      inject: [STATE_PARTS, InFlightWork],
    },

    {
      provide: Bypass,
      useFactory: ({ bypass }: ResolvedOptions, { state }: StateParts) => new Bypass(bypass, state),
      inject: [RESOLVED_OPTIONS, STATE_PARTS],
    },
    {
      provide: Policy,
      useFactory: (options: ResolvedOptions, { state }: StateParts, bypass: Bypass) =>
        new Policy(state, buildExemptions(options, bypass, state)),
      inject: [RESOLVED_OPTIONS, STATE_PARTS, Bypass],
    },
    {
      provide: Responder,
      useFactory: async ({ response, callbacks }: ResolvedOptions) =>
        new Responder(response, callbacks, await MaintenancePage.load(response, callbacks)),
      inject: [RESOLVED_OPTIONS],
    },

    integrationsProvider,
    jobPausesProvider,
    AdapterBridgeHost,
    MaintenanceGuard,
    { provide: APP_GUARD, useExisting: MaintenanceGuard },
    MaintenanceExceptionFilter,
    {
      provide: OBSERVATIONS,
      useFactory: (
        { state }: StateParts,
        service: MaintenanceService,
        work: InFlightWork,
        { counts }: Policy,
      ) => new Observations(state, service, work, counts),
      inject: [STATE_PARTS, MaintenanceService, InFlightWork, Policy],
    },
  ],
  exports: [
    MAINTENANCE_STORAGE,
    MaintenanceService,
    MaintenanceGuard,
    MaintenanceExceptionFilter,
    // For guards, filters and methods that are used in other modules.
    Integrations,
    JOB_PAUSES,
    OBSERVATIONS,
  ],
})
export class MaintenanceModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, BeforeApplicationShutdown
{
  /** Undefined in an application without HTTP. */
  #gate: Gate | undefined;

  /** @internal Nest makes it. */
  constructor(
    private readonly applicationConfig: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly modules: ModulesContainer,
    private readonly integrations: Integrations,
    private readonly filter: MaintenanceExceptionFilter,
    private readonly work: InFlightWork,
    @Inject(STATE_PARTS) private readonly parts: StateParts,
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

  /** Runs after `main.ts`: Nest tries the last global filter first, and runs the first global interceptor first. */
  configure(): void {
    if (configured.has(this.applicationConfig)) {
      throw new MaintenanceOptionsError(
        'MaintenanceModule',
        'it is imported twice, with two states. Import it once: it is global.',
      );
    }
    configured.add(this.applicationConfig);
    this.applicationConfig.addGlobalFilter(this.filter);
    this.#registerInterceptors();
    const { callbackTimeoutMs } = this.options;
    this.#gate = new Gate(
      this.adapterHost.httpAdapter,
      callbackTimeoutMs,
      this.integrations,
      this.work,
      this.modules,
    );
    this.#gate.install();
    warnAboutProbes(this.parts.state, this.options.ignore, this.#hasExemptRoute());
  }

  /** Runs when the routes are registered. */
  onModuleInit(): void {
    this.#gate?.routesRegistered();
    this.parts.start();
  }

  /** Not earlier: a service of the application may still turn maintenance off in its `onModuleDestroy`. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.parts.release();
  }

  /** Apart from the routes of this module, which are no health checks. */
  #hasExemptRoute(): boolean {
    const others = [...this.modules.values()].filter(({ metatype }) => metatype !== MaintenanceModule);
    return others.some(({ controllers }) => [...controllers.values()].some(hasExemptRoute));
  }

  #registerInterceptors(): void {
    const { integrations } = this;
    const { policy } = integrations;
    const interceptors = [
      ...(policy.decidesAfterGuards ? [new AfterGuardsInterceptor(integrations)] : []),
      ...(this.options.close.eventStreams ? [new EventStreamsInterceptor(integrations)] : []),
    ];
    const place = putFirst(this.applicationConfig, interceptors);
    if (place === 'first') return;
    if (place === 'nowhere') policy.decidesAfterGuards = false;
    new Logger('MaintenanceMode').warn(
      'This version of Nest does not have what maintenance mode needs: the list of global interceptors. ' +
        (place === 'last'
          ? 'An interceptor of the application may answer before it is known whether the user is exempt.'
          : 'Users whom only guards know are blocked during maintenance, and streams are not ended.'),
    );
  }
}
