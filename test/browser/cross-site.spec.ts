import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { MaintenanceStatus } from '../../lib/index.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';
import { BASIC, type Credentials, logIn } from './admin.js';
import { createSecuredShop } from './secured-shop.js';
import { htmlPage } from './shop.js';

useBrowser();

const servers = new Set<Server>();

afterEach(async () => {
  await closeApps();
  for (const server of servers) server.close().closeAllConnections();
  servers.clear();
});

/** A page of somebody else's; resolves to its port. */
async function serve(body: string): Promise<number> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(htmlPage('Kittens', body));
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const FORM = '<input name="reason" value="owned"></form><script>document.forms[0].submit()</script>';

/** What the page of the other site has in it. */
const attacks: [name: string, page: (target: string) => string][] = [
  ['an image', (target) => `<img src="${target}">`],
  ['a link that is followed', (target) => `<a href="${target}">Kittens</a>`],
  ['a redirect', (target) => `<script>location = '${target}'</script>`],
  ['a form that posts itself', (target) => `<form method="post" action="${target}">${FORM}`],
  [
    'a form that hides where it comes from',
    (target) => `<meta name="referrer" content="no-referrer"><form method="post" action="${target}">${FORM}`,
  ],
  [
    'a form that posts itself into a frame',
    (target) => `<iframe name="f"></iframe><form method="post" target="f" action="${target}">${FORM}`,
  ],
  ['a frame', (target) => `<iframe src="${target}"></iframe>`],
  ['a fetch', (target) => `<script>fetch('${target}', { mode: 'no-cors', credentials: 'include' })</script>`],
  [
    'a fetch that posts',
    (target) =>
      `<script>fetch('${target}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ reason: 'owned' }) })</script>`,
  ],
  ['a prefetch', (target) => `<link rel="prefetch" href="${target}">`],
];

interface Situation {
  readonly name: string;
  /** Of the shop, and of the other site. */
  readonly hosts: readonly [shop: string, other: string];
  readonly credentials: Credentials;
  /** To the browser both are the same site, so it sends the cookie with everything. */
  readonly isSameSite: boolean;
  /** Whether it is tried on both adapters: the rules are the same, and ten visits take a browser a while. */
  readonly onBoth: boolean;
}

const situations: Situation[] = [
  {
    name: 'another site',
    hosts: ['127.0.0.1', 'localhost'],
    credentials: 'a cookie without SameSite',
    isSameSite: false,
    onBoth: true,
  },
  {
    name: 'another site',
    hosts: ['127.0.0.1', 'localhost'],
    credentials: 'Basic credentials',
    isSameSite: false,
    onBoth: false,
  },
  {
    name: 'another port',
    hosts: ['127.0.0.1', '127.0.0.1'],
    credentials: 'SameSite=Strict',
    isSameSite: true,
    onBoth: true,
  },
  {
    name: 'a subdomain, without Sec-Fetch headers',
    hosts: ['shop.test', 'evil.shop.test'],
    credentials: 'SameSite=Strict',
    isSameSite: true,
    onBoth: false,
  },
];

const setting = ({ state, reason, by, updatedAt }: MaintenanceStatus): Partial<MaintenanceStatus> => ({
  state,
  reason,
  by,
  updatedAt,
});

async function confirmButtons(page: Page): Promise<number> {
  const counts = page.frames().map(async (frame) => frame.locator('form[method=post] button').count());
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describeInBrowser.each(platforms)('An admin on %s who visits', (platform, createApp) => {
  describe.each(situations.filter(({ onBoth }) => onBoth || platform === 'express'))(
    '$name, with $credentials,',
    ({ hosts, credentials, isSameSite }) => {
      it.each(attacks)('neither turns it on nor off by %s', async (name, pageOf) => {
        const { port, maintenance, toggleRequests } = await createSecuredShop(createApp, credentials);
        const shop = `http://${hosts[0]}:${port}`;
        const { page, context } = await visitor(
          credentials === 'Basic credentials' ? { httpCredentials: BASIC } : {},
          'mayReportErrors',
        );
        await logIn(context, shop);

        for (const action of ['on', 'off']) {
          if (action === 'off') await maintenance.enable({ reason: 'Stocktaking', by: 'somebody' });
          const before = setting(maintenance.status());
          const target = `/maintenance-mode/${action}`;
          const other = await serve(pageOf(shop + target));
          await page.goto(`http://${hosts[1]}:${other}`, { waitUntil: 'commit' });
          if (name === 'a link that is followed') await page.getByRole('link').click();
          await until(`${name} to arrive`, () => toggleRequests.some(({ url }) => url === target));
          await page.waitForLoadState();

          expect(setting(maintenance.status())).toEqual(before);
          // Else it would say nothing that the state is the same.
          const isLink = name === 'a link that is followed' && credentials !== 'SameSite=Strict';
          if (isSameSite || isLink)
            expect(toggleRequests.map((request) => request.isAdmin)).not.toContain(false);
          // Where the admin is led to the confirm page, it is there as a page of its own.
          if (page.url() !== shop + target) expect(await confirmButtons(page)).toBe(0);
        }
        expect(toggleRequests.map(({ status }) => status)).not.toContain(303);
      });
    },
  );
});
