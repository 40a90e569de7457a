import { afterEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { MaintenanceService } from '../../lib/index.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { until } from '../support/until.js';
import { ShopController } from './shop.js';

useBrowser();
afterEach(closeApps);

interface Shop extends TestApp {
  readonly maintenance: MaintenanceService;
  readonly orders: readonly unknown[];
  /** The requests that have come in, but for the icon. */
  readonly seen: readonly string[];
}

const h1 = async (page: Page): Promise<string | null> => page.locator('h1').textContent();

/** A visitor whose page has timers that the test winds forward. */
async function patientVisitor(): Promise<Page> {
  const { page } = await visitor();
  await page.clock.install();
  return page;
}

/** Winds the page's timers forward until it has asked whether maintenance is over. */
async function askAgain(page: Page, { seen }: Shop): Promise<void> {
  const count = (): number => seen.filter((request) => request.startsWith('HEAD ')).length;
  const before = count();
  await until('the page asks again', async () => {
    if (count() > before) return true;
    await page.clock.fastForward('01:00');
    return false;
  });
}

async function comeBack(page: Page, shop: Shop): Promise<void> {
  const loaded = page.waitForEvent('load');
  await askAgain(page, shop);
  await loaded;
}

describeInBrowser.each(platforms)('A visitor who waits on %s', (_, createApp) => {
  const createShop = async (): Promise<Shop> => {
    const app = await createApp({ controllers: [ShopController] });
    const seen: string[] = [];
    app.app.getHttpServer().on('request', ({ method, url }: { method: string; url: string }) => {
      if (url !== '/favicon.ico') seen.push(`${method} ${url}`);
    });
    return { ...app, maintenance: app.get(MaintenanceService), orders: app.get(ShopController).orders, seen };
  };

  it.each(['/', '/?page=2', '/#part', '/?page=2#part'])('is back at %s when it is over', async (path) => {
    const shop = await createShop();
    const { url, maintenance } = shop;
    await maintenance.enable();
    const page = await patientVisitor();
    await page.goto(url + path);
    await askAgain(page, shop);
    await askAgain(page, shop);
    expect(await h1(page)).toBe('Down for maintenance');

    await maintenance.disable();
    await comeBack(page, shop);
    expect(await h1(page)).toBe('Shop');
    expect(page.url()).toBe(url + path);
  });

  it('is back when a bypass link has been opened in another tab', async () => {
    const shop = await createShop();
    const { url, maintenance } = shop;
    await maintenance.enable();
    const page = await patientVisitor();
    await page.goto(url);
    await askAgain(page, shop);
    expect(await h1(page)).toBe('Down for maintenance');

    const secret = await maintenance.issueBypassSecret();
    const other = await page.context().newPage();
    await other.goto(`${url}/maintenance-mode/bypass/${secret}`);
    expect(await h1(other)).toBe('Shop');
    await comeBack(page, shop);
    expect(await h1(page)).toBe('Shop');
  });

  it('is back after the end of the window, in real time', async () => {
    const { url, maintenance } = await createShop();
    await maintenance.enable({ endsAt: new Date(Date.now() + 3000) });
    const { page } = await visitor();
    await page.goto(url);
    expect(await h1(page)).toBe('Down for maintenance');
    await page.waitForEvent('load');
    expect(await h1(page)).toBe('Shop');
    expect(maintenance.isActive()).toBe(false);
  });

  it('keeps waiting while the server does not answer', async () => {
    const shop = await createShop();
    const { url, maintenance } = shop;
    await maintenance.enable();
    const page = await patientVisitor();
    await page.goto(url);
    await page.context().setOffline(true);
    const failed = page.waitForEvent('requestfailed');
    await page.clock.fastForward('01:00');
    await failed;
    expect(await h1(page)).toBe('Down for maintenance');

    await page.context().setOffline(false);
    await maintenance.disable();
    await comeBack(page, shop);
    expect(await h1(page)).toBe('Shop');
  });

  it('who has sent a form reads that it was not saved, and stays on that page', async () => {
    const shop = await createShop();
    const { url, maintenance, orders, seen } = shop;
    const page = await patientVisitor();
    await page.goto(url);
    await maintenance.enable();
    await page.getByRole('button').click();
    await page.getByText('Your change was not saved.').waitFor();
    expect(await h1(page)).toBe('Down for maintenance');
    expect(await page.getByText('reloads by itself').count()).toBe(0);
    expect(seen.at(-1)).toBe('POST /orders');

    await maintenance.disable();
    await page.clock.runFor('10:00');
    // A request of ours, which comes after all that the page may have sent.
    await page.evaluate('fetch("/?last").then((response) => response.text())');
    expect(seen.slice(-2)).toEqual(['POST /orders', 'GET /?last']);
    expect(await h1(page)).toBe('Down for maintenance');
    expect(orders).toEqual([]);
  });

  it('keeps the message of a read-only page, which never asks again', async () => {
    const shop = await createShop();
    const { url, maintenance, seen, orders } = shop;
    const page = await patientVisitor();
    await maintenance.enable({ mode: 'read-only' });
    await page.goto(url);
    expect(await h1(page)).toBe('Shop');
    await page.getByRole('button').click();
    await page.getByText('Your change was not saved.').waitFor();
    const before = seen.length;

    await page.clock.runFor('10:00');
    // A request of ours, which comes after all that the page may have sent.
    await page.evaluate('fetch("/?last").then((response) => response.text())');
    expect(seen.slice(before)).toEqual(['GET /?last']);
    expect(await h1(page)).toBe('Nothing can be changed right now');
    expect(orders).toEqual([]);
  });
});
