import { afterEach, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { contrasts } from '../support/contrast.js';
import { closeApps, platforms } from '../support/platforms.js';
import { logIn } from './admin.js';
import { createSecuredShop, type SecuredShop } from './secured-shop.js';

useBrowser();
afterEach(closeApps);

const h1 = async (page: Page): Promise<string | null> => page.locator('h1').textContent();

/** A page of the admin's browser, logged in. */
async function adminPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const { context, page } = await visitor(options);
  await logIn(context, url);
  return page;
}

describeInBrowser.each(platforms)('An admin on %s', (_, createApp) => {
  it.each([
    ['127.0.0.1', {}],
    // By this name the browser sends no Sec-Fetch headers, so the Origin has to tell where the form comes from.
    ['shop.test', {}],
    // As helmet does: the browser then says "Origin: null", unless the confirm page says otherwise.
    ['127.0.0.1', { 'Referrer-Policy': 'no-referrer' }],
    ['shop.test', { 'Referrer-Policy': 'no-referrer' }],
  ])('turns it on and off by URL at %s, with %j', async (host, headers) => {
    const { port, maintenance } = await createSecuredShop(createApp, 'SameSite=Lax', headers);
    const url = `http://${host}:${port}`;
    const page = await adminPage(url);

    await page.goto(`${url}/maintenance-mode/on`);
    expect(await h1(page)).toBe('Turn maintenance on?');
    expect(maintenance.isActive()).toBe(false);
    await page.getByLabel('Reason').fill('<b>Stocktaking</b>');
    await page.getByRole('button', { name: 'Turn maintenance on' }).click();
    await page.waitForURL(/\/maintenance-mode\/admin\?done=\d+$/);
    expect(await page.getByRole('heading', { name: 'Maintenance is on' }).isVisible()).toBe(true);
    await page.goto(url);
    expect(await h1(page)).toBe('Down for maintenance');
    expect(await page.locator('.reason').textContent()).toBe('<b>Stocktaking</b>');
    expect(maintenance.status()).toMatchObject({
      state: 'active',
      reason: '<b>Stocktaking</b>',
      by: 'admin',
    });

    await page.goto(`${url}/maintenance-mode/off?next=/orders`);
    expect(await page.getByText('Reason: <b>Stocktaking</b>').isVisible()).toBe(true);
    expect(maintenance.isActive()).toBe(true);
    await page.getByRole('button', { name: 'Turn maintenance off' }).click();
    await page.waitForURL(`${url}/orders`);
    expect(await h1(page)).toBe('Orders');
    expect(maintenance.status()).toMatchObject({ state: 'off', by: 'admin' });
  });

  it.each(['on', 'off'])(
    'is who it takes: a visitor who opens /maintenance-mode/%s gets a 403',
    async (action) => {
      const { port, maintenance } = await createSecuredShop(createApp, 'SameSite=Lax');
      const { page } = await visitor();
      const response = await page.goto(`http://127.0.0.1:${port}/maintenance-mode/${action}`);
      expect(response?.status()).toBe(403);
      expect(await page.getByRole('button').count()).toBe(0);
      expect(maintenance.status().state).toBe('off');
    },
  );

  it('cannot use a confirm page a second time', async () => {
    const { port, maintenance, toggleRequests } = await createSecuredShop(createApp, 'SameSite=Lax');
    const url = `http://127.0.0.1:${port}`;
    const page = await adminPage(url);
    const other = await page.context().newPage();
    for (const tab of [page, other]) await tab.goto(`${url}/maintenance-mode/on`);
    await page.getByRole('button').click();
    await page.waitForURL(/\/maintenance-mode\/admin/);
    await maintenance.disable();

    await Promise.all([other.waitForEvent('load'), other.getByRole('button').click()]);
    expect(toggleRequests.at(-1)).toMatchObject({ method: 'POST', isAdmin: true, status: 403 });
    expect(maintenance.isActive()).toBe(false);
  });

  it.each(['light', 'dark'] as const)(
    'can read the confirm page well in %s mode, on a phone',
    async (colorScheme) => {
      const shop: SecuredShop = await createSecuredShop(createApp, 'SameSite=Lax');
      const url = `http://127.0.0.1:${shop.port}`;
      const viewport = { width: 320, height: 568 };
      const page = await adminPage(url, { colorScheme, viewport, isMobile: true, timezoneId: 'Asia/Tokyo' });
      await shop.maintenance.enable({ reason: 'unbreakable'.repeat(30), endsAt: '2036-01-02T03:30:00Z' });
      for (const action of ['on', 'off']) {
        await page.goto(`${url}/maintenance-mode/${action}`);
        expect(await page.locator('time').textContent()).toContain('12:30');
        const texts = await contrasts(page);
        expect(texts.length).toBeGreaterThanOrEqual(4);
        expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
      }
    },
  );
});
