/** The user's `id`, `sub`, `username` or `name`, as text; empty where there is none. */
export function defaultUserId(user: unknown): string {
  if (typeof user !== 'object' || user === null) return '';
  for (const member of ['id', 'sub', 'username', 'name']) {
    const value: unknown = Reflect.get(user, member);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return String(value);
  }
  return '';
}

/** `user.isSuperuser === true` */
export function defaultIsSuperuser(user: unknown): boolean {
  return typeof user === 'object' && user !== null && 'isSuperuser' in user && user.isSuperuser === true;
}
