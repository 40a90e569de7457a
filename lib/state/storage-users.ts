import type { MaintenanceStorage } from '../contracts/maintenance-storage.js';

/** Who uses each storage object: several applications of one process may be given the same. */
const users = new WeakMap<MaintenanceStorage, Set<object>>();

export function useStorage(storage: MaintenanceStorage, user: object): void {
  users.set(storage, (users.get(storage) ?? new Set<object>()).add(user));
}

/** Whether nobody uses the storage any more, so that it can be closed. */
export function leaveStorage(storage: MaintenanceStorage, user: object): boolean {
  const others = users.get(storage);
  others?.delete(user);
  return others === undefined || others.size === 0;
}
