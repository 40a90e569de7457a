import { afterEach, describe, expect, it } from '@jest/globals';
import { KeptLogs } from '../support/logs.js';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

/** Keeps what is only told, too. */
class Told extends KeptLogs {
  readonly told: string[] = [];

  override log(message?: unknown): void {
    this.told.push(String(message));
  }
}

/** The lines about the routes. */
const aboutRoutes = ({ told }: Told): string[] => told.filter((line) => line.startsWith('Status at'));

afterEach(closeApps);

describe.each(platforms)('At boot on %s', (_, createApp) => {
  it.each([
    ['', {}, '/maintenance-mode'],
    ['/api/v1', {}, '/api/v1/maintenance-mode'],
    ['/api', { path: '/ops/closed/' }, '/api/ops/closed'],
  ])('with the prefix "%s" and %j, one line says where the routes are', async (prefix, controller, path) => {
    const logger = new Told();
    const { url } = await toggleApp(createApp, { prefix, options: { controller }, logger });
    expect(aboutRoutes(logger)).toEqual([
      `Status at ${url}${path}; superusers turn maintenance on and off at ${path}/admin.`,
    ]);
  });

  it('no line says so if there are no routes', async () => {
    const logger = new Told();
    await toggleApp(createApp, { options: { controller: false }, logger });
    expect(logger.told.length).toBeGreaterThan(0);
    expect(aboutRoutes(logger)).toEqual([]);
  });
});
