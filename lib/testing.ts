export type { MaintenanceStorage, StoredRecord } from './interfaces/maintenance-storage.js';
export { describeMaintenanceStorage, type TestRunner } from './testing/storage-contract.js';
export type { StorageUnderTest } from './testing/storage-under-test.js';
