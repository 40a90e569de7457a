/** Express and Fastify as they come, and Fastify's router as forgiving as it can be set. */
export const ADAPTERS = ['express', 'fastify', 'fastify-loose'] as const;
export const VERSIONINGS = ['none', 'uri', 'header'] as const;

export interface Configuration {
  readonly adapter: (typeof ADAPTERS)[number];
  /** Whether there is a global prefix, with some routes excluded from it. */
  readonly prefix: boolean;
  readonly versioning: (typeof VERSIONINGS)[number];
  /** Whether the gate may answer in front of the framework; else a function of the application keeps it from that. */
  readonly inFront: boolean;
}

export const CONFIGURATIONS: readonly Configuration[] = ADAPTERS.flatMap((adapter) =>
  [false, true].flatMap((prefix) =>
    VERSIONINGS.flatMap((versioning) =>
      [true, false].map((inFront) => ({ adapter, prefix, versioning, inFront })),
    ),
  ),
);

export function nameOf({ adapter, prefix, versioning, inFront }: Configuration): string {
  const place = inFront ? 'in front of the framework' : 'within the framework';
  return `${adapter}, ${prefix ? 'prefix with exclusions' : 'no prefix'}, versioning: ${versioning}, ${place}`;
}
