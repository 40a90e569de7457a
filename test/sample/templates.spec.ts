import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request, { type Response } from 'supertest';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { HTML } from '../support/pages.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const MAIN = fileURLToPath(new URL('../../dist-sample/03-templates/main.js', import.meta.url));
const BANNER = 'Maintenance mode is on.';
const READ_ONLY = { version: 1, revision: 1, application: { state: 'on', mode: 'read-only' } };
const SCHEDULED = {
  version: 1,
  revision: 1,
  application: {
    state: 'on',
    reason: 'New <kettle>',
    endsAt: '2999-11-21T03:30:00.000Z',
    updatedAt: '2026-11-20T08:00:00.000Z',
  },
};

const running = new Set<ChildProcess>();
let file: string;

beforeEach(async () => {
  file = join(await makeDirectory(), 'maintenance-state.json');
});

afterEach(async () => {
  const children = [...running];
  running.clear();
  await Promise.all(children.map(async (child) => child.kill('SIGKILL') && once(child, 'close')));
  await removeDirectories();
});

/** Starts the sample where the state file says `state`; resolves to its URL. */
async function start(
  state?: string | object,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: "npm test" builds it.`);
  if (state !== undefined) await writeFile(file, typeof state === 'string' ? state : JSON.stringify(state));
  const env = { ...process.env, PORT: '0', NO_COLOR: '1', ...settings };
  const child = spawn(process.execPath, [MAIN], { cwd: join(file, '..'), env });
  running.add(child);
  return new Promise((resolve, reject) => {
    let output = '';
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      const [, url] = /open: (http\S+)\n[^]*opens it again/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('close', () => reject(new Error(`It has not said what to open:\n${output}`)));
  });
}

const visit = async (url: string): Promise<Response> => request(url).get('').set(HTML);
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('the sample 03-templates', () => {
  it('shows its pages without a banner while it is off', async () => {
    const url = await start();
    for (const path of ['/', '/opening-hours', '/closed']) {
      const { status, text } = await visit(`${url}${path}`);
      expect(status).toBe(200);
      expect(text).toContain('</h1>');
      expect(text).not.toContain(BANNER);
    }
    await request(url).get('/api/teas').expect(200, ['Assam', 'Darjeeling', 'Sencha']);
  });

  it('follows the file: 1 closes the shop, deleting it opens it again', async () => {
    const url = await start();
    expect((await visit(url)).status).toBe(200);
    await writeFile(file, '1\n');
    await until('503 after "echo 1"', async () => (await visit(url)).status === 503);
    await rm(file);
    await until('200 after "rm"', async () => (await visit(url)).status === 200);
  });

  it('answers with its own page, and the values of its context', async () => {
    const { status, headers, text } = await visit(`${await start(SCHEDULED)}/closed?q=1`);
    expect(status).toBe(503);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toContain('<h1>The Tea Shop is closed for a moment</h1>');
    expect(text).toContain('<p>New &lt;kettle&gt;</p>');
    expect(text).toContain('<time datetime="2999-11-21T03:30:00.000Z">21 November 2999 at 03:30 UTC</time>');
    expect(text).toContain('Closed since 20 November 2026 at 08:00 UTC.');
    expect(text).toContain('You wanted to see /closed? We also answer the phone: +44 20 7946 0018.');
  });

  it('allows the style and the script of its page by their hashes, and no others', async () => {
    const { headers, text } = await visit(await start('1'));
    const policy = String(headers['content-security-policy']);
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(text) ?? [];
    const [, script = ''] = /<script>([^]*)<\/script>/.exec(text) ?? [];
    expect(script).toContain('location.reload()');
    expect(policy).toContain(`style-src 'self' ${hashOf(style)};`);
    expect(policy).toContain(`script-src 'self' ${hashOf(script)};`);
    expect(policy).toContain("img-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  it('serves the logo that the page shows', async () => {
    const url = await start('1');
    const [, logo = ''] = /<img src="([^"]+)"/.exec((await visit(url)).text) ?? [];
    await request(url).get(logo).expect(200).expect('Content-Type', 'image/svg+xml');
  });

  it.each(['application/json', HTML.Accept])('answers JSON under /api/ to Accept: %s', async (accept) => {
    const url = await start('1');
    const { headers, body } = await request(url).get('/api/teas').set('Accept', accept).expect(503);
    expect(headers['content-type']).toMatch(/^application\/(problem\+)?json/);
    expect(body).toMatchObject({ status: 503, shop: 'The Tea Shop', page: '/api/teas', since: null });
  });

  it('shows a banner in views that are open while it is closed', async () => {
    const { status, text } = await visit(`${await start('1')}/opening-hours`);
    expect(status).toBe(200);
    expect(text).toContain(BANNER);
  });

  it('shows the banner everywhere while it is read-only', async () => {
    const url = await start(READ_ONLY);
    const { status, text } = await visit(url);
    expect(status).toBe(200);
    expect(text).toContain(BANNER);
    expect((await visit(`${url}/opening-hours`)).text).toContain(BANNER);
  });

  it('sends visitors to the page that MAINTENANCE_MODE_REDIRECT_URL names, and API clients JSON', async () => {
    const url = await start('1', { MAINTENANCE_MODE_REDIRECT_URL: '/closed' });
    const { status, headers } = await visit(url);
    expect(status).toBe(302);
    expect(headers).toMatchObject({
      location: '/closed',
      'retry-after': '3600',
      'cache-control': 'no-store',
    });
    const closed = await visit(`${url}/closed`);
    expect(closed.status).toBe(200);
    expect(closed.text).toContain(BANNER);
    await request(url).get('/api/teas').expect(503).expect('Content-Type', /json/);
  });
});

describeInBrowser.each([['1']])('the page of the sample 03-templates in a browser, state %s', (state) => {
  useBrowser();

  it('shows its logo in its style, and its button tries again', async () => {
    const url = await start(state);
    const { page } = await visitor();
    expect((await page.goto(url))?.status()).toBe(503);
    const width = await page
      .locator('img')
      .evaluate<number, { naturalWidth: number }>((img) => img.naturalWidth);
    expect(width).toBeGreaterThan(0);
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(45, 59, 47)');
    await rm(file);
    await until('200 after "rm"', async () => (await visit(url)).status === 200);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Three kinds of tea').waitFor();
  });
});
