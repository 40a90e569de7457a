/** The `extensions.code` of each error, by the path of its field. */
export function codes(body: unknown): Record<string, unknown> {
  const { errors = [] } = body as { errors?: { path?: string[]; extensions?: { code?: unknown } }[] };
  return Object.fromEntries(errors.map(({ path = [], extensions }) => [path.join('.'), extensions?.code]));
}
