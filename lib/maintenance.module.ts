import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { APP_GUARD, ApplicationConfig } from '@nestjs/core';
import { MODULE_OPTIONS, RESOLVED_OPTIONS } from './contracts/tokens.js';
import { Toggle } from './control/toggle.js';
import { HttpPlatformHost } from './http/http-platform-host.js';
import { MaintenanceExceptionFilter } from './http/maintenance-exception.filter.js';
import { MaintenanceGuard } from './http/maintenance.guard.js';
import { RouteRules } from './http/route-rules.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './maintenance.module-definition.js';
import { resolveOptions } from './options/resolve-options.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import { Bypass } from './policy/bypass.js';
import type { Exemption } from './policy/exemption.js';
import { Policy } from './policy/policy.js';
import { redirectTarget } from './policy/redirect-target.js';
import { Responder } from './response/responder.js';
import { CurrentState } from './state/current-state.js';
import { MaintenanceService } from './state/maintenance.service.js';
import { RecordRepository } from './state/record-repository.js';
import { StateLifecycle } from './state/state-lifecycle.js';
import { StateWriter } from './state/state-writer.js';
import { StorageSync } from './state/storage-sync.js';

/**
 * Maintenance mode for the whole application. Importing it is enough: guard, filter and toggle routes are registered by it.
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
    { provide: RESOLVED_OPTIONS, useFactory: resolveOptions, inject: [MODULE_OPTIONS] },

    {
      provide: CurrentState,
      useFactory: ({ unknownState, enabled }: ResolvedOptions) => new CurrentState(unknownState, enabled),
      inject: [RESOLVED_OPTIONS],
    },
    {
      provide: RecordRepository,
      useFactory: ({ storage, sync }: ResolvedOptions) => new RecordRepository(storage, sync.timeoutMs),
      inject: [RESOLVED_OPTIONS],
    },
    {
      provide: StorageSync,
      useFactory: ({ storage, sync }: ResolvedOptions, repository: RecordRepository, state: CurrentState) =>
        new StorageSync(storage, repository, state, sync.pollIntervalMs),
      inject: [RESOLVED_OPTIONS, RecordRepository, CurrentState],
    },
    {
      provide: StateWriter,
      useFactory: (
        { enabled }: ResolvedOptions,
        repository: RecordRepository,
        state: CurrentState,
        sync: StorageSync,
      ) => new StateWriter(repository, state, sync, enabled),
      inject: [RESOLVED_OPTIONS, RecordRepository, CurrentState, StorageSync],
    },
    {
      provide: StateLifecycle,
      useFactory: async (
        { storage, enabled, unknownState, sync: { timeoutMs } }: ResolvedOptions,
        state: CurrentState,
        sync: StorageSync,
      ) => {
        const lifecycle = new StateLifecycle(storage, state, sync, {
          forced: enabled,
          unknownState,
          timeoutMs,
        });
        await lifecycle.boot();
        return lifecycle;
      },
      inject: [RESOLVED_OPTIONS, CurrentState, StorageSync],
    },
    {
      // After the lifecycle: who gets the service finds the state read.
      provide: MaintenanceService,
      useFactory: (state: CurrentState, writer: StateWriter, sync: StorageSync) =>
        new MaintenanceService(state, writer, sync),
      inject: [CurrentState, StateWriter, StorageSync, StateLifecycle],
    },

    {
      provide: Bypass,
      useFactory: ({ bypass }: ResolvedOptions, state: CurrentState) =>
        bypass ? new Bypass(bypass.secret, bypass.maxAgeSeconds, state) : null,
      inject: [RESOLVED_OPTIONS, CurrentState],
    },
    {
      provide: Policy,
      useFactory: ({ response }: ResolvedOptions, state: CurrentState, bypass: Bypass | null) =>
        new Policy(state, exemptions(response, bypass)),
      inject: [RESOLVED_OPTIONS, CurrentState, Bypass],
    },
    {
      provide: Responder,
      useFactory: ({ response }: ResolvedOptions) => new Responder(response),
      inject: [RESOLVED_OPTIONS],
    },

    RouteRules,
    HttpPlatformHost,
    Toggle,
    MaintenanceGuard,
    { provide: APP_GUARD, useExisting: MaintenanceGuard },
    MaintenanceExceptionFilter,
  ],
  exports: [MaintenanceService, MaintenanceGuard, MaintenanceExceptionFilter],
})
export class MaintenanceModule extends ConfigurableModuleClass implements NestModule {
  constructor(
    private readonly applicationConfig: ApplicationConfig,
    private readonly filter: MaintenanceExceptionFilter,
  ) {
    super();
  }

  /** @throws MaintenanceOptionsError for structural settings; the others are checked when the application boots. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** @throws MaintenanceOptionsError for structural settings; the others are checked when the application boots. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Of global filters the last one is asked first, and this runs after `app.useGlobalFilters`. */
  configure(): void {
    this.applicationConfig.addGlobalFilter(this.filter);
  }
}

/** Those that the options ask for, in the order in which they are asked. */
function exemptions({ redirectUrl }: ResolvedOptions['response'], bypass: Bypass | null): Exemption[] {
  return [bypass, redirectUrl === undefined ? null : redirectTarget(redirectUrl)].filter(
    (item) => item !== null,
  );
}
