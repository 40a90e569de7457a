export {
  MaintenanceOpenTelemetryModule,
  type MaintenanceOpenTelemetryOptions,
} from './observability/open-telemetry.module.js';
