export {
  type MaintenanceHealth,
  MaintenanceHealthIndicator,
  type MaintenanceHealthOptions,
} from './observability/maintenance.health-indicator.js';
