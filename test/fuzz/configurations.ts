/** Express and Fastify as they come, and Fastify's router as forgiving as it can be set. */
export const ADAPTERS = ['express', 'fastify', 'fastify-loose'] as const;
export const VERSIONINGS = ['none', 'uri', 'header'] as const;

export interface Configuration {
  readonly adapter: (typeof ADAPTERS)[number];
  /** Whether there is a global prefix, with some routes excluded from it. */
  readonly prefix: boolean;
  readonly versioning: (typeof VERSIONINGS)[number];
}

export const CONFIGURATIONS: readonly Configuration[] = ADAPTERS.flatMap((adapter) =>
  [false, true].flatMap((prefix) => VERSIONINGS.map((versioning) => ({ adapter, prefix, versioning }))),
);

export function nameOf({ adapter, prefix, versioning }: Configuration): string {
  return `${adapter}, ${prefix ? 'prefix with exclusions' : 'no prefix'}, versioning: ${versioning}`;
}
