import { afterEach, expect, it } from '@jest/globals';
import { MaintenanceService } from '../../lib/index.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { contrasts } from '../support/contrast.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { ShopController } from './shop.js';

useBrowser();
afterEach(closeApps);

const REASON = 'We are moving to a faster database.';
const HOSTILE =
  '<img src=x onerror=alert(1)> {{this}} <script>alert(1)</script> javascript:alert(1) &amp; \u202eesrever';
const END = '2036-01-02T03:30:00Z';

describeInBrowser.each(platforms)('A visitor of the page on %s', (_, createApp) => {
  const createShop = async (): Promise<TestApp & { maintenance: MaintenanceService }> => {
    const app = await createApp({ controllers: [ShopController] });
    return { ...app, maintenance: app.get(MaintenanceService) };
  };

  it('reads what happens, why, and until when by the own clock', async () => {
    const { url, maintenance } = await createShop();
    await maintenance.enable({ reason: REASON, endsAt: END });
    const { page } = await visitor({ timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    const response = await page.goto(url);

    expect(response?.status()).toBe(503);
    expect(await page.title()).toBe('Down for maintenance');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['Down for maintenance']);
    expect(await page.getByRole('main').getByText(REASON, { exact: true }).isVisible()).toBe(true);
    const time = page.getByRole('main').locator('time');
    expect(await time.getAttribute('datetime')).toBe('2036-01-02T03:30:00.000Z');
    expect(await time.textContent()).toMatch(/2 January 2036.*12:30.*GMT\+9/);
    expect(await page.getByRole('status').textContent()).toContain('reloads by itself');
  });

  it('reads the date in the own language, which is marked as such', async () => {
    const { url, maintenance } = await createShop();
    await maintenance.enable({ endsAt: END });
    const { page } = await visitor({ timezoneId: 'Asia/Tokyo', locale: 'ja-JP' });
    await page.goto(url);
    expect(await page.locator('time').textContent()).toContain('2036年1月2日');
    expect(await page.locator('time').getAttribute('lang')).toBe('ja-JP');
  });

  it('sees a hostile reason as text', async () => {
    const { url, maintenance } = await createShop();
    await maintenance.enable({ reason: HOSTILE });
    const { page } = await visitor();
    page.on('dialog', () => expect('a dialog').toBe('never opened'));
    await page.goto(url);
    expect(await page.locator('.reason').textContent()).toBe(HOSTILE);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
  });

  it('reads everything without JavaScript, too', async () => {
    const { url, maintenance } = await createShop();
    await maintenance.enable({ reason: REASON, endsAt: END });
    const { page } = await visitor({ javaScriptEnabled: false });
    await page.goto(url);
    expect(await page.getByText(REASON).isVisible()).toBe(true);
    expect(await page.getByText('2 January 2036 at 03:30 UTC').isVisible()).toBe(true);
    const hint = page.locator('noscript p');
    expect(await hint.textContent()).toBe('Please reload this page later.');
    expect(await hint.isVisible()).toBe(true);
    expect(await page.getByText('reloads by itself').isVisible()).toBe(false);
  });

  it.each(['full', 'read-only'] as const)('needs no scrolling sideways on a phone (%s)', async (mode) => {
    const { url, maintenance } = await createShop();
    await maintenance.enable({ reason: `${'unbreakable'.repeat(30)} ${REASON}`, endsAt: END, mode });
    const { page } = await visitor({ viewport: { width: 320, height: 568 }, isMobile: true });
    await page.goto(`data:text/html,<form method=post action=${url}/orders><button>Order`);
    await page.getByRole('button').click();
    await page.waitForURL(`${url}/orders`);
    expect(await page.getByRole('main').isVisible()).toBe(true);
    expect(await page.evaluate('innerWidth')).toBe(320);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  });

  it.each([
    ['light', 'full'],
    ['dark', 'full'],
    ['light', 'read-only'],
    ['dark', 'read-only'],
  ] as const)('can read every text well in %s mode (%s)', async (colorScheme, mode) => {
    const { url, maintenance } = await createShop();
    const { page } = await visitor({ colorScheme });
    await page.goto(url);
    await maintenance.enable({ reason: REASON, endsAt: END, mode });
    await page.getByRole('button').click();
    await page.getByText(REASON).waitFor();

    const texts = await contrasts(page);
    expect(texts.length).toBeGreaterThanOrEqual(4);
    // WCAG 2.2, 1.4.3 (AA)
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    const isDark = await page.evaluate(
      'getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 128',
    );
    expect(isDark).toBe(colorScheme === 'dark');
  });
});
