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
  /** Whether there are CORS, compression, sessions, an open catch-all above static files, and a rule for users that guards know. */
  readonly layers: boolean;
}

const PLAIN = ADAPTERS.flatMap((adapter) =>
  [false, true].flatMap((prefix) =>
    VERSIONINGS.flatMap((versioning) =>
      [true, false].map((inFront) => ({ adapter, prefix, versioning, inFront, layers: false })),
    ),
  ),
);
/** With a rule for users that only guards know, nothing is decided in front of the framework. */
const LAYERED = ADAPTERS.flatMap((adapter) =>
  [false, true].map((prefix) => ({
    adapter,
    prefix,
    versioning: 'none' as const,
    inFront: false,
    layers: true,
  })),
);

export const CONFIGURATIONS: readonly Configuration[] = [...PLAIN, ...LAYERED];

export function nameOf({ adapter, prefix, versioning, inFront, layers }: Configuration): string {
  const place = inFront ? 'in front of the framework' : 'within the framework';
  const path = prefix ? 'prefix with exclusions' : 'no prefix';
  return `${adapter}, ${path}, versioning: ${versioning}, ${place}${layers ? ', middleware and users' : ''}`;
}
