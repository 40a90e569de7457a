// The command line finds this file by its name. In your own application: import the compiled maintenance.options.ts.
export { maintenanceOptions as default } from '../../dist-sample/05-custom-storage/maintenance.options.js';
