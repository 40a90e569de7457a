export type { MaintenanceStorage, StoredRecord } from './interfaces/maintenance-storage.js';
export {
  describeMaintenanceStorage,
  type StorageUnderTest,
  type TestRunner,
} from './testing/storage-contract.js';
