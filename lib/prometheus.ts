export {
  MaintenancePrometheusModule,
  type MaintenancePrometheusOptions,
} from './observability/prometheus.module.js';
