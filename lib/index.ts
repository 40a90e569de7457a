export type { DrainResult } from './contracts/drain-result.js';
export type { MaintenanceEvent, MaintenanceEventType } from './contracts/maintenance-event.js';
export type {
  DisableOptions,
  EnableOptions,
  MaintenanceMode,
  MaintenanceState,
  MaintenanceStatus,
} from './contracts/maintenance-status.js';
export type { MaintenanceStorage, StoredRecord, WriteLimits } from './contracts/maintenance-storage.js';
export { MAINTENANCE_STORAGE } from './contracts/tokens.js';
export { MaintenanceOff } from './decorators/maintenance-off.decorator.js';
export { MaintenanceOn } from './decorators/maintenance-on.decorator.js';
export { MaintenanceScope } from './decorators/maintenance-scope.decorator.js';
export { PauseDuringMaintenance } from './decorators/pause-during-maintenance.decorator.js';
export { MaintenanceConflictError } from './errors/maintenance-conflict.error.js';
export { MaintenanceForcedError } from './errors/maintenance-forced.error.js';
export { MaintenanceOptionsError } from './errors/maintenance-options.error.js';
export { MaintenanceStorageError } from './errors/maintenance-storage.error.js';
export { MaintenanceWindowError } from './errors/maintenance-window.error.js';
export { MaintenanceError } from './errors/maintenance.error.js';
export { MaintenanceExceptionFilter } from './http/maintenance-exception.filter.js';
export { MaintenanceGuard } from './http/maintenance.guard.js';
export { MaintenanceModule } from './maintenance.module.js';
export type {
  AdapterRequest,
  BypassOptions,
  CloseOptions,
  IgnoreOptions,
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
export { isMaintenanceException, MaintenanceException } from './response/maintenance.exception.js';
export type { MaintenanceProblem } from './response/problem.js';
export { MaintenanceService } from './state/maintenance.service.js';
export { FileStorage, type FileStorageOptions } from './storages/file.storage.js';
export { MemoryStorage } from './storages/memory.storage.js';
