import { afterEach, expect, it } from '@jest/globals';
import { Controller, Get, Header } from '@nestjs/common';
import type { BrowserContextOptions, Page } from 'playwright-core';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { accessibilityFindings } from '../support/axe.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';

useBrowser();
afterEach(closeApps);

const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'";

/** A page of the application with a strict policy. */
@Controller()
class ShopController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  home(): string {
    return (
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Shop</title>' +
      '<script src="/maintenance-mode/banner.js" defer></script><body><main><h1>Shop</h1></main></body></html>'
    );
  }
}

interface Shop extends TestApp {
  readonly maintenance: MaintenanceService;
}

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const bar = (page: Page): ReturnType<Page['locator']> => page.locator('.bar');

/** Winds the page's timers forward until it has asked for the status again. */
async function askAgain(page: Page): Promise<void> {
  const asked = page.waitForResponse((response) => response.url().endsWith('/maintenance-mode'));
  await page.clock.runFor('01:00');
  await asked;
}

/** Opens the page of the shop and waits until it has asked for the status. */
async function open({ url }: Shop, options: BrowserContextOptions = {}): Promise<Page> {
  const { page } = await visitor({ locale: 'en-GB', timezoneId: 'Asia/Tokyo', ...options });
  await page.clock.install();
  const asked = page.waitForResponse((response) => response.url().endsWith('/maintenance-mode'));
  await page.goto(url);
  await asked;
  return page;
}

describeInBrowser.each(platforms)('The announcement on %s', (_, createApp) => {
  const createShop = async (): Promise<Shop> => {
    const app = await createApp({ controllers: [ShopController] });
    return { ...app, maintenance: app.get(MaintenanceService) };
  };

  it('shows a planned window with its reason, by the clock and in the language of the visitor', async () => {
    const shop = await createShop();
    const startsAt = inMinutes(120);
    await shop.maintenance.enable({ reason: 'Moving house', startsAt, endsAt: inMinutes(150) });
    const page = await open(shop);
    await bar(page).waitFor();
    const hours = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Tokyo' });
    const status = await page.getByRole('status').textContent();
    expect(status).toContain('Planned maintenance: ');
    expect(status).toContain(hours.format(startsAt));
    expect(status).toContain('Moving house');
    expect(await bar(page).textContent()).toContain('(in about 2 hours)');
    expect(await page.locator('[data-nosnippet]').count()).toBe(1);

    const german = await open(shop, { locale: 'de-DE' });
    await german.getByText('Geplante Wartung: ').waitFor();
    const arabic = await open(shop, { locale: 'ar' });
    await bar(arabic).waitFor();
    const direction =
      'getComputedStyle(document.querySelector("[data-nosnippet]").shadowRoot.querySelector(".bar")).direction';
    expect(await arabic.evaluate(direction)).toBe('rtl');
  });

  it('says if a planned window is read-only, and is shown again if that changes', async () => {
    const shop = await createShop();
    await shop.maintenance.enable({ startsAt: inMinutes(60) });
    const page = await open(shop);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await shop.maintenance.update({ mode: 'read-only' });
    await askAgain(page);
    await page.getByText('During that time you can read everything').waitFor();
    await shop.maintenance.update({ mode: 'full' });
    await askAgain(page);
    expect(await bar(page).isVisible()).toBe(false);
  });

  it.each([
    ['de-DE', 'Neue Platten'],
    ['fr', 'New disks'],
  ])('shows a reason by language to a visitor with %s', async (locale, reason) => {
    const shop = await createShop();
    await shop.maintenance.enable({
      startsAt: inMinutes(60),
      reason: { en: 'New disks', de: 'Neue Platten' },
    });
    const page = await open(shop, { locale });
    await page.getByText(reason).waitFor();
  });

  it.each([
    ['light', 'a planned window', { startsAt: inMinutes(60), mode: 'read-only' }],
    ['dark', 'read-only maintenance', { endsAt: inMinutes(25), mode: 'read-only' }],
  ] as const)('axe-core finds nothing in it: %s, %s', async (colorScheme, __, options) => {
    const shop = await createShop();
    await shop.maintenance.enable({ reason: 'Moving house', ...options });
    const page = await open(shop, { colorScheme });
    await bar(page).waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
  });

  it('asks for nothing while its tab is hidden, and at once when it is shown again', async () => {
    const shop = await createShop();
    const page = await open(shop);
    const setHidden = async (hidden: boolean): Promise<void> =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });` +
          "document.dispatchEvent(new Event('visibilitychange'));",
      );
    let asked = 0;
    page.on('request', () => (asked += 1));
    await setHidden(true);
    await page.clock.runFor('10:00');
    expect(asked).toBe(0);
    await shop.maintenance.enable({ startsAt: inMinutes(60) });
    await setHidden(false);
    await bar(page).waitFor();
    expect(asked).toBe(1);
  });

  it('moves the page down by its own height, and takes nothing away from it', async () => {
    const shop = await createShop();
    await shop.maintenance.enable({ startsAt: inMinutes(60) });
    const page = await open(shop, { viewport: { width: 320, height: 568 } });
    await bar(page).waitFor();
    const top = async (): Promise<number> => (await page.locator('body').boundingBox())?.y ?? Number.NaN;
    const height = (await bar(page).boundingBox())?.height ?? 0;
    expect(height).toBeGreaterThan(20);
    const shifted = await top();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(shifted - (await top())).toBeCloseTo(height, 0);
  });

  it('is dismissed for this window only, also on the next page', async () => {
    const shop = await createShop();
    await shop.maintenance.enable({ startsAt: inMinutes(60) });
    const page = await open(shop);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await bar(page).isVisible()).toBe(false);
    await askAgain(page);
    expect(await bar(page).isVisible()).toBe(false);
    await page.reload();
    await askAgain(page);
    expect(await bar(page).isVisible()).toBe(false);

    await shop.maintenance.enable({ startsAt: inMinutes(90) });
    await askAgain(page);
    await bar(page).waitFor();
  });

  it('goes when the window is cancelled, and is not there before it is announced', async () => {
    const shop = await createShop();
    await shop.maintenance.enable({ startsAt: inMinutes(60) });
    const page = await open(shop);
    await bar(page).waitFor();
    await shop.maintenance.disable();
    await askAgain(page);
    await bar(page).waitFor({ state: 'hidden' });

    await shop.maintenance.enable({ startsAt: inMinutes(60), announceFrom: inMinutes(30) });
    await askAgain(page);
    expect(await bar(page).isVisible()).toBe(false);
  });

  it('stays during read-only maintenance, with its end, and cannot be dismissed', async () => {
    const shop = await createShop();
    await shop.maintenance.enable({ mode: 'read-only', reason: 'Moving house', endsAt: inMinutes(25) });
    const page = await open(shop);
    await bar(page).waitFor();
    const status = await page.getByRole('status').textContent();
    expect(status).toMatch(/^Nothing can be changed right now We expect to be done by .* Moving house$/);
    expect(await bar(page).textContent()).toContain('(in about 25 minutes)');
    expect(await page.getByRole('button').count()).toBe(0);
    await shop.maintenance.disable();
    await askAgain(page);
    await bar(page).waitFor({ state: 'hidden' });
  });

  it('shows a hostile reason as text', async () => {
    const shop = await createShop();
    const reason = '<img src=x onerror=alert(1)> </script><script>alert(1)</script>';
    await shop.maintenance.enable({ startsAt: inMinutes(60), reason });
    const page = await open(shop);
    await page.getByText(reason).waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  it('is a script that is revalidated, in the language of Accept-Language', async () => {
    const { url } = await createShop();
    const get = (): request.Test =>
      request(url).get('/maintenance-mode/banner.js').set('Accept-Language', 'fr');
    const { headers, text } = await get().expect(200);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-language': 'fr',
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['vary']).toContain('Accept-Language');
    expect(text).toContain('Maintenance prévue');
    expect(Buffer.byteLength(text)).toBeLessThan(8000);
    const etag = String(headers['etag']);
    await get().set('If-None-Match', `"x", W/${etag}`).expect(304, '');
    await get().set('If-None-Match', '"x"').expect(200);
  });

  it('can be loaded while maintenance is active', async () => {
    const { url, maintenance } = await createShop();
    await maintenance.enable();
    await request(url).get('/maintenance-mode/banner.js').expect(200);
  });
});
