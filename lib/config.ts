export { maintenanceConfig } from './config/maintenance-config.js';
