import { type INestApplication, VersioningType } from '@nestjs/common';
import { type AppSettings, type CreateApp, platforms } from '../support/platforms.js';

/** Where the routes of an application stand. */
interface Layout {
  /** Before the path of each Nest route. */
  readonly base: string;
  /** Before the path of each route of the maintenance module, which are in all versions. */
  readonly moduleBase: string;
  readonly configure: (app: INestApplication) => void;
  /** Of the maintenance module. */
  readonly options?: AppSettings['options'];
}

const LAYOUTS: readonly (readonly [name: string, layout: Layout])[] = [
  ['neither prefix nor versions', { base: '', moduleBase: '', configure: () => undefined }],
  ['a global prefix', { base: '/api', moduleBase: '/api', configure: (app) => app.setGlobalPrefix('api') }],
  ['versions', { base: '/v1', moduleBase: '', configure: enableVersions }],
  [
    'a function of its own in the options, so that the framework sees blocked requests',
    { base: '', moduleBase: '', configure: () => undefined, options: { response: { context: () => ({}) } } },
  ],
  [
    'a global prefix and versions',
    {
      base: '/api/v1',
      moduleBase: '/api',
      configure: (app) => {
        app.setGlobalPrefix('api');
        enableVersions(app);
      },
    },
  ],
];

function enableVersions(app: INestApplication): void {
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
}

export interface Place {
  readonly platform: 'express' | 'fastify';
  readonly createApp: CreateApp;
  readonly base: string;
  readonly moduleBase: string;
}

/** For `describe.each`: both adapters, with and without a global prefix and versions. */
export const everywhere: [name: string, place: Place][] = platforms.flatMap(([platform, create]) =>
  LAYOUTS.map(([name, { base, moduleBase, configure, options }]): [string, Place] => [
    `${platform} with ${name}`,
    {
      platform,
      base,
      moduleBase,
      createApp: async (settings = {}) =>
        create({
          ...settings,
          options: { ...options, ...settings.options },
          configure: async (app) => {
            configure(app);
            await settings.configure?.(app);
          },
        }),
    },
  ]),
);
