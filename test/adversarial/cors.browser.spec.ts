import { afterEach, expect, it } from '@jest/globals';
import { MaintenanceService } from '../../lib/index.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { ClosedController } from './routes.js';

useBrowser();

afterEach(closeApps);

describeInBrowser.each(platforms)('A page of another origin, with the API on %s,', (_, createApp) => {
  it('reads the 503 of whatever it asks for, after a preflight or without one', async () => {
    const shop = await createApp({ controllers: [PageController] });
    const api = await createApp({
      controllers: [ClosedController],
      configure: (app) => app.enableCors({ origin: [shop.url], methods: ['GET', 'POST', 'DELETE'] }),
    });
    const { page } = await visitor();
    await page.goto(`${shop.url}/page`);
    const ask = (path: string, init: { method?: string; headers?: Record<string, string>; body?: string }) =>
      page.evaluate(
        async ([url, options]) => {
          const response = await fetch(url, options);
          const { headers } = response;
          const mode = headers.get('Maintenance-Mode');
          const retryAfter = headers.get('Retry-After');
          return { status: response.status, body: await response.text(), mode, retryAfter };
        },
        [`${api.url}${path}`, init] as const,
      );
    const requests = [
      {},
      { headers: { 'X-Cart': '7' } },
      { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' },
      { method: 'DELETE' },
    ];
    const open = { status: 200, body: 'closed', mode: null, retryAfter: null };
    expect(await ask('/closed', {})).toEqual(open);

    await api.get(MaintenanceService).enable({ reason: 'Moving house' });
    for (const path of ['/closed', '/nowhere']) {
      for (const request of requests) {
        const { status, body, mode, retryAfter } = await ask(path, request);
        expect({ status, mode, retryAfter, body: JSON.parse(body) as unknown }).toMatchObject({
          status: 503,
          mode: 'active',
          retryAfter: '3600',
          body: { status: 503, reason: 'Moving house' },
        });
      }
    }
    await api.get(MaintenanceService).disable();
    expect(await ask('/closed', { headers: { 'X-Cart': '7' } })).toEqual(open);
  });
});
