import { afterEach, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { MaintenanceService, MemoryStorage, type StoredRecord } from '../../lib/index.js';
import { accessibilityFindings } from '../support/axe.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { closeApps, type CreateApp, platforms } from '../support/platforms.js';
import { logIn } from './admin.js';
import { createSecuredShop, type SecuredShop } from './secured-shop.js';
import { ShopController } from './shop.js';

useBrowser();
afterEach(closeApps);

const HOUR_MS = 3_600_000;

/** The admin page in the browser of an admin who has logged in. */
async function adminPage(
  { port }: Pick<SecuredShop, 'port'>,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { context, page } = await visitor(options);
  const url = `http://127.0.0.1:${port}`;
  await logIn(context, url);
  await page.goto(`${url}/maintenance-mode/admin`);
  return page;
}

const heading = async (page: Page): Promise<string | null> =>
  page.locator('h2:visible').first().textContent();

/** As a person types it into a field of the browser: without a zone. */
function typedTime(date: Date, offsetHours: number): string {
  return new Date(date.getTime() + offsetHours * HOUR_MS).toISOString().slice(0, 16);
}

describeInBrowser.each(platforms)('By the admin page alone on %s', (_, createApp) => {
  it.each<[how: string, options: BrowserContextOptions, offsetHours: number]>([
    ['with JavaScript, in the time zone of the browser', { timezoneId: 'Asia/Tokyo' }, 9],
    ['without JavaScript, in UTC', { javaScriptEnabled: false, timezoneId: 'Asia/Tokyo' }, 0],
  ])('an admin gets through the night, %s', async (__, options, offsetHours) => {
    const shop = await createSecuredShop(createApp, 'SameSite=Lax');
    const { maintenance } = shop;
    const page = await adminPage(shop, options);
    expect(await heading(page)).toBe('Maintenance is off');

    // Plans it. A minute is the smallest step of the field.
    const start = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 3 * HOUR_MS);
    await page.getByLabel('At a time').check();
    await page.getByLabel('Begins at').fill(typedTime(start, offsetHours));
    await page.getByLabel('1 hour').check();
    await page.getByLabel('Reason, shown to visitors').fill('We move to new disks.');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await heading(page)).toBe('Plan this maintenance?');
    expect(maintenance.status().state).toBe('off');
    await page.getByRole('button', { name: 'Yes, plan it' }).click();
    await page.waitForURL(/\/maintenance-mode\/admin\?done=\d+$/);
    expect(await page.getByRole('status').first().textContent()).toContain(
      'You planned full maintenance of the application.',
    );
    expect(maintenance.status()).toMatchObject({
      state: 'scheduled',
      announced: true,
      startsAt: start,
      endsAt: new Date(start.getTime() + HOUR_MS),
      reason: 'We move to new disks.',
      by: 'admin',
    });
    expect(await page.getByRole('heading', { name: 'Maintenance is announced' }).count()).toBe(1);

    // Changes what visitors are told; the window stays.
    await page.getByText('Change…').click();
    await page.getByLabel('Reason, shown to visitors').first().fill('We move to faster disks.');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await page.getByText('You changed the maintenance of the application.').waitFor();
    expect(maintenance.status()).toMatchObject({ startsAt: start, reason: 'We move to faster disks.' });

    // Turns it on early.
    await page.getByText('Turn on or plan something else').click();
    await page.getByLabel('30 min').check();
    await page.getByLabel('Only read').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('This replaces what is planned now: We move to faster disks.').waitFor();
    await page.getByRole('button', { name: 'Yes, turn it on' }).click();
    await page.getByRole('heading', { name: 'Read-only maintenance is on' }).waitFor();
    const { endsAt } = maintenance.status();
    expect(maintenance.status()).toMatchObject({ state: 'active', mode: 'read-only', startsAt: null });
    expect(endsAt?.getTime()).toBeGreaterThan(Date.now() + 25 * 60_000);

    await page.getByRole('button', { name: 'Extend by 30 minutes' }).click();
    await page.getByText('You changed the maintenance of the application.').waitFor();
    expect(maintenance.status().endsAt).toEqual(new Date((endsAt?.getTime() ?? 0) + HOUR_MS / 2));

    // Lets somebody in. The link is shown once.
    await page.getByRole('button', { name: 'Make a bypass link' }).click();
    await page.getByText('Here is the bypass link.').waitFor();
    const link = await page.getByLabel('Bypass link').inputValue();
    expect(link).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:${shop.port}/maintenance-mode/bypass/[\\w-]{32}$`),
    );
    await page.goto(page.url());
    expect(await page.content()).not.toContain(link.split('/').at(-1));
    const guest = await visitor();
    await guest.page.goto(link);
    expect(guest.page.url()).toBe(`http://127.0.0.1:${shop.port}/`);
    await guest.page.getByRole('button', { name: 'Order' }).click();
    expect(await guest.page.locator('h1').textContent()).toBe('Ordered');

    // Opens again, after one question.
    await page.getByText('Turn off…').click();
    expect(maintenance.isActive()).toBe(true);
    await page.getByRole('button', { name: 'Yes, turn off the application' }).click();
    await page.getByRole('heading', { name: 'Maintenance is off' }).waitFor();
    expect(maintenance.status().state).toBe('off');
    expect(await page.locator('.history li').first().textContent()).toContain('admin turned off maintenance');
  });

  it('an admin needs no mouse', async () => {
    const shop = await createSecuredShop(createApp, 'SameSite=Lax');
    const page = await adminPage(shop);
    const focus = async (text: string): Promise<void> => {
      for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate<string>(
          `(({ labels, textContent }) => labels?.[0]?.textContent ?? textContent)(document.activeElement)`,
        );
        if (focused.includes(text)) return;
      }
      throw new Error(`"${text}" gets no focus.`);
    };
    // The arrows choose among radio buttons.
    await focus('Nothing');
    await page.keyboard.press('ArrowRight');
    await focus('Reason, shown to visitors');
    await page.keyboard.type('By keyboard');
    await focus('Continue');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Turn maintenance on?' }).waitFor();
    expect(shop.maintenance.isActive()).toBe(false);
    await focus('Yes, turn it on');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Read-only maintenance is on' }).waitFor();
    expect(shop.maintenance.status()).toMatchObject({ mode: 'read-only', reason: 'By keyboard' });

    await focus('Turn off…');
    await page.keyboard.press('Enter');
    expect(shop.maintenance.isActive()).toBe(true);
    await focus('Yes, turn off the application');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Maintenance is off' }).waitFor();
    expect(shop.maintenance.isActive()).toBe(false);
  });

  it('of two admins the second sees the newer state, and the typed text', async () => {
    const shop = await createSecuredShop(createApp, 'SameSite=Lax');
    const page = await adminPage(shop, { timezoneId: 'Asia/Tokyo' });
    await page.getByLabel('Until a time').check();
    await page.getByLabel('Ends at').fill('2036-01-02T12:30');
    await page.getByLabel('Reason, shown to visitors').fill('Mine');
    await shop.maintenance.enable({ reason: 'Theirs', by: 'grace' });
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('grace turned on full maintenance');
    expect(await page.locator('.whole').textContent()).toContain('Theirs');
    expect(shop.maintenance.status().reason).toBe('Theirs');
    // What was typed is still there, also the time of this time zone.
    expect(await page.getByLabel('Ends at').inputValue()).toBe('2036-01-02T12:30');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Yes, turn it on' }).click();
    await page.waitForURL(/done=/);
    expect(shop.maintenance.status()).toMatchObject({
      reason: 'Mine',
      endsAt: new Date('2036-01-02T03:30:00Z'),
    });
  });

  it('a page that is open says so if another person has changed something', async () => {
    const shop = await createSecuredShop(createApp, 'SameSite=Lax');
    const { context, page } = await visitor();
    await page.clock.install();
    await logIn(context, `http://127.0.0.1:${shop.port}`);
    await page.goto(`http://127.0.0.1:${shop.port}/maintenance-mode/admin`);
    expect(await page.locator('#changed').isVisible()).toBe(false);
    await shop.maintenance.enable({ by: 'grace' });
    await page.clock.runFor(11_000);
    await page.getByText('Somebody has changed something').waitFor();
    await page.getByRole('link', { name: 'Load it again' }).click();
    await page.getByRole('heading', { name: 'Maintenance is on' }).waitFor();
  });
});

class FailingStorage extends MemoryStorage {
  fails = false;

  override async read(): Promise<StoredRecord | null> {
    if (this.fails) throw new Error('connect ECONNREFUSED 10.0.0.5:6379');
    return super.read();
  }
}

const soon = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);

/** What the page may look like: the options, what is on, and what is done on the page. */
const states: [
  what: string,
  state: {
    readonly options?: NonNullable<Parameters<CreateApp>[0]>['options'];
    readonly set?: (maintenance: MaintenanceService, storage: FailingStorage) => unknown;
    readonly act?: (page: Page, maintenance: MaintenanceService) => Promise<unknown>;
    readonly shows: string;
  },
][] = [
  ['off', { shows: 'Maintenance is off' }],
  [
    'planned, and not announced',
    { set: (maintenance) => maintenance.enable({ startsAt: soon(90) }), shows: 'Maintenance is planned' },
  ],
  [
    'announced',
    { set: (maintenance) => maintenance.enable({ startsAt: soon(2) }), shows: 'Maintenance is announced' },
  ],
  [
    'on, with everything that can be said',
    {
      set: (maintenance) =>
        maintenance.enable({
          reason: 'unbreakable'.repeat(30),
          note: 'OPS-4711',
          endsAt: soon(1),
          by: 'grace',
          allow: { ipAddresses: ['2001:db8:85a3::8a2e:370:7334', '10.0.0.0/8'] },
        }),
      act: (page) => page.getByText('Change…').click(),
      shows: 'Maintenance is on',
    },
  ],
  [
    'read-only, with a next stage',
    {
      set: async (maintenance) => {
        await maintenance.enable({ mode: 'read-only' });
        await maintenance.enable({ startsAt: soon(1) });
      },
      act: (page) => page.getByText('Turn off…').click(),
      shows: 'Next stage',
    },
  ],
  [
    'with scopes on',
    {
      set: async (maintenance) => {
        await maintenance.enable({ scope: 'billing', reason: 'Invoices', endsAt: soon(1) });
        await maintenance.enable({ scope: 'shipping', mode: 'read-only', startsAt: soon(3) });
      },
      act: (page) => page.getByText('Turn everything off…').click(),
      shows: 'Yes, turn everything off',
    },
  ],
  [
    'the summary',
    { act: (page) => page.getByRole('button', { name: 'Continue' }).click(), shows: 'Turn maintenance on?' },
  ],
  [
    'a mistake',
    {
      act: async (page) => {
        await page.getByLabel('At a time').check();
        await page.getByRole('button', { name: 'Continue' }).click();
      },
      shows: 'Say when it begins.',
    },
  ],
  [
    'two people at once',
    {
      act: async (page, maintenance) => {
        await maintenance.enable({ by: 'grace' });
        await page.getByRole('button', { name: 'Continue' }).click();
      },
      shows: 'Nothing was changed yet',
    },
  ],
  [
    'a bypass link',
    {
      set: (maintenance) => maintenance.enable(),
      act: (page) => page.getByRole('button', { name: 'Make a bypass link' }).click(),
      shows: 'Here is the bypass link.',
    },
  ],
  ['forced', { options: { enabled: true }, shows: 'Nothing can be changed here' }],
  [
    'the storage down',
    {
      set: async (maintenance, storage) => {
        await maintenance.enable({ by: 'grace' });
        storage.fails = true;
      },
      shows: 'The storage does not answer',
    },
  ],
  [
    'text that nobody understands',
    { set: (_, storage) => storage.write('garbage'), shows: 'The stored text cannot be understood' },
  ],
  ['not logged in', { options: { user: { get: () => null } }, shows: 'Please log in' }],
];

describeInBrowser.each(platforms)('Every state of the admin page on %s', (_, createApp) => {
  it.each(states)('is accessible: %s', async (__, { options, set, act, shows }) => {
    const storage = new FailingStorage();
    const admin = { get: () => ({ id: 'ada', isSuperuser: true }) };
    const { url, get } = await createApp({
      controllers: [ShopController],
      options: { storage, user: admin, controller: { loginUrl: '/login' }, ...options },
    });
    const maintenance = get(MaintenanceService);
    await set?.(maintenance, storage);
    const { page } = await visitor({ viewport: { width: 320, height: 640 }, isMobile: true });
    await page.goto(`${url}/maintenance-mode/admin`);
    await act?.(page, maintenance);
    await page.getByText(shows).first().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFindings(page)).toEqual([]);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  });
});
