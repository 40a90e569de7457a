import type { MaintenanceModuleOptions } from 'nestjs-maintenance-mode';
import { userOf } from './admin.js';
import { PostgresStorage } from './postgres/postgres.storage.js';

const url = process.env['DATABASE_URL'];
if (url === undefined) {
  throw new Error('Set DATABASE_URL, for example to postgresql://user:password@127.0.0.1:5432/shop');
}

/** Used by the application and the command line (maintenance.config.mjs), so that both use the same state. */
export const maintenanceOptions: MaintenanceModuleOptions = {
  storage: new PostgresStorage({ url, timeoutMs: 1_800 }),
  // Changes are pushed. If a push is lost, the next poll finds the change.
  sync: { timeoutMs: 2_000, pollIntervalMs: 2_000 },
  user: { get: userOf, isSuperuser: () => true },
};
