import { afterEach, describe, expect, it } from '@jest/globals';
import { type InjectionToken } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { MaintenanceModule } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

/** What Nest itself gives to each module. */
const OF_NEST = ['ModuleRef', 'ApplicationConfig', 'MaintenanceModule'];

const nameOf = (token: InjectionToken): string => (typeof token === 'function' ? token.name : String(token));

/** Each name once: a copy of the package that another spec file has loaded in this process adds its service. */
const namesOf = (tokens: Iterable<InjectionToken> = []): string[] => [
  ...new Set(Array.from(tokens, (token) => nameOf(token))),
];

afterEach(closeApps);

/** Each entry is something that a reader has to know, and that the application makes when it starts. */
describe.each(platforms)('The module in an application without other transports on %s', (_, createApp) => {
  it('has at most 18 providers and exports 7 of them', async () => {
    const { get } = await createApp();
    const module = [...get(ModulesContainer).values()].find(({ metatype }) => metatype === MaintenanceModule);
    const providers = namesOf(module?.providers.keys());
    expect(providers.filter((name) => !OF_NEST.includes(name)).length).toBeLessThanOrEqual(18);
    expect(namesOf(module?.exports).toSorted()).toEqual([
      'Integrations',
      'MaintenanceExceptionFilter',
      'MaintenanceGuard',
      'MaintenanceService',
      'Symbol(nestjs-maintenance-mode:job-pauses)',
      'Symbol(nestjs-maintenance-mode:observations)',
      'Symbol(nestjs-maintenance-mode:storage)',
    ]);
  });
});
