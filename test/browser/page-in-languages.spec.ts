import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { MaintenanceService, type PageOptions } from '../../lib/index.js';
import { accessibilityFindings } from '../support/axe.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { contrasts } from '../support/contrast.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { ShopController } from './shop.js';

useBrowser();
afterEach(closeApps);
afterEach(removeDirectories);

const ENDS_IN_MS = 25 * 60_000 + 20_000;

async function brand(): Promise<PageOptions> {
  const logo = join(await makeDirectory(), 'logo.svg');
  await writeFile(
    logo,
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="40" height="40"/></svg>',
  );
  return {
    product: 'Lumen',
    logo,
    accentColor: '#1d4ed8',
    contact: { text: 'help@lumen.example', href: 'mailto:help@lumen.example' },
    links: [{ text: 'Status', href: 'https://status.example' }],
  };
}

describeInBrowser.each(platforms)('The page in languages on %s', (_, createApp) => {
  const createShop = async (
    page: PageOptions = {},
  ): Promise<TestApp & { maintenance: MaintenanceService }> => {
    const app = await createApp({ controllers: [ShopController], options: { response: { page } } });
    return { ...app, maintenance: app.get(MaintenanceService) };
  };

  it.each([
    ['en-US', 'light', 'en', 'Lumen is down for maintenance', 'in about 25 minutes'],
    ['de-AT', 'dark', 'de', 'Lumen wird gerade gewartet', 'in etwa 25 Minuten'],
    ['ja-JP', 'light', 'ja', 'Lumen はメンテナンス中です', '約 25 分後'],
    ['ar', 'dark', 'ar', 'Lumen قيد الصيانة', 'خلال حوالي 25 دقيقة'],
  ] as const)(
    'a visitor with %s (%s) reads it, and axe-core finds nothing',
    async (locale, colorScheme, language, heading, relative) => {
      const { url, maintenance } = await createShop(await brand());
      await maintenance.enable({ endsAt: new Date(Date.now() + ENDS_IN_MS) });
      const { page } = await visitor({ locale, colorScheme, timezoneId: 'Asia/Tokyo' });
      const requested: string[] = [];
      page.on('request', (one) => {
        if (!one.url().startsWith('data:') && !one.url().endsWith('/favicon.ico')) requested.push(one.url());
      });
      await page.goto(url);
      expect(requested).toEqual([`${url}/`]);
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      expect(await page.locator('h1').textContent()).toBe(heading);
      expect(await page.title()).toBe(heading);
      expect(await page.locator('#relative').textContent()).toBe(relative);
      expect(await page.locator('time').getAttribute('lang')).toBe(locale);
      const isRightToLeft = await page.evaluate('getComputedStyle(document.body).direction === "rtl"');
      expect(isRightToLeft).toBe(language === 'ar');
      expect((await contrasts(page)).filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      expect(await accessibilityFindings(page)).toEqual([]);

      await page.setViewportSize({ width: 320, height: 568 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    },
  );

  it('does not move while it loads', async () => {
    const { url, maintenance } = await createShop(await brand());
    await maintenance.enable({ endsAt: new Date(Date.now() + ENDS_IN_MS) });
    const { page } = await visitor();
    await page.addInitScript(
      'window.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))' +
        '.observe({ type: "layout-shift", buffered: true });',
    );
    await page.goto(url);
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100)))');
    expect(await page.evaluate('shifts')).toEqual([]);
  });

  it('says that it takes longer than planned when the end has passed', async () => {
    const { url, maintenance } = await createShop();
    const page = (await visitor()).page;
    await page.clock.install();
    await maintenance.enable({ endsAt: new Date(Date.now() + ENDS_IN_MS) });
    await page.goto(url);
    const overdue = page.getByText('This is taking longer than planned.');
    expect(await overdue.isVisible()).toBe(false);
    // It goes on, without an end that is known.
    await maintenance.enable();
    await page.clock.runFor('26:00');
    await overdue.waitFor();
    expect(await page.locator('#relative').isVisible()).toBe(false);
  });

  it('of a template comes back by itself with the partial "reload"', async () => {
    const template = join(await makeDirectory(), 'page.hbs');
    await writeFile(template, '<!doctype html><html lang="en"><title>x</title><h1>Closed</h1>{{> reload}}');
    const app = await createApp({ controllers: [ShopController], options: { response: { template } } });
    const maintenance = app.get(MaintenanceService);
    await maintenance.enable({ endsAt: new Date(Date.now() + 2000) });
    const { page } = await visitor();
    await page.goto(app.url);
    expect(await page.locator('h1').textContent()).toBe('Closed');
    await page.getByText('Shop').first().waitFor();
    expect(page.url()).toBe(`${app.url}/`);
  });
});
