export type {
  DrainResult,
  MaintenanceEvent,
  MaintenanceEventType,
  DisableOptions,
  EnableOptions,
  MaintenanceChange,
  MaintenanceChangeVia,
  MaintenanceMode,
  MaintenanceReasons,
  MaintenanceState,
  MaintenanceStatus,
  UpdateOptions,
} from './interfaces/maintenance-status.js';
export type { MaintenanceStorage, StoredRecord, WriteLimits } from './interfaces/maintenance-storage.js';
export { MAINTENANCE_STORAGE } from './interfaces/tokens.js';
export {
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceSafe,
  MaintenanceScope,
  PauseDuringMaintenance,
} from './decorators/maintenance.decorators.js';
export { MaintenanceExceptionFilter, MaintenanceGuard } from './http/maintenance.guard.js';
export {
  MaintenanceConflictError,
  MaintenanceForcedError,
  MaintenanceOptionsError,
  MaintenanceStorageError,
  MaintenanceWindowError,
  MaintenanceError,
} from './errors.js';
export { MaintenanceModule } from './maintenance.module.js';
export type {
  AdapterRequest,
  AnnounceOptions,
  BypassOptions,
  CloseOptions,
  HistoryOptions,
  IgnoreOptions,
  LimitsOptions,
  LogoutOptions,
  ControllerOptions,
  MaintenanceModuleExtras,
  MaintenanceModuleOptions,
  MaintenanceOptionsFactory,
  MaintenanceRootOptions,
  MaintenanceStorageProvider,
  ResponseContext,
  ResponseOptions,
  ResponseTypeFunction,
  SyncOptions,
  UserOptions,
} from './options/maintenance-module-options.js';
export type { PageLink, PageOptions, PageTexts, PolicySources } from './options/page-options.js';
export { isMaintenanceException, MaintenanceException } from './response/responder.js';
export type { MaintenanceNotice, MaintenanceProblem } from './response/problem.js';
export { MaintenanceService } from './state/maintenance.service.js';
export { FileStorage, type FileStorageOptions } from './storages/file/file.storage.js';
export { MemoryStorage } from './storages/memory.storage.js';
