/** A member of what may be no object at all, such as other people's requests and users; undefined where there is none. */
export function memberOf(target: unknown, name: string): unknown {
  return typeof target === 'object' && target !== null ? Reflect.get(target, name) : undefined;
}
