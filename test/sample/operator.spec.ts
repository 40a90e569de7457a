import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { fileURLToPath } from 'node:url';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { command, killCommands, startCommand } from '../support/command-line.js';
import { HTML } from '../support/pages.js';
import { killSamples, type RunningSample, startSample } from '../support/samples.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const MIGRATE = fileURLToPath(new URL('../../dist-sample/12-operator/migrate.js', import.meta.url));

let directory: string;
let sample: RunningSample;
let url: string;
let token: string;

beforeEach(async () => {
  directory = await makeDirectory();
  const ready = /is open: (http\S+)[^]*token of this run: (\S+)[^]*Ctrl\+C/;
  sample = await startSample('12-operator', directory, ready);
  [, url = '', token = ''] = sample.said;
});

afterEach(async () => {
  await killCommands();
  await killSamples();
  await removeDirectories();
});

const run = async (...args: string[]) => command(directory, ...args);
const header = (): string[] => ['--header', `Authorization: Bearer ${token}`];
const statusOf = async (path: string): Promise<number> => (await request(url).get(path).set(HTML)).status;

describe('the night in the sample', () => {
  it('goes as its welcome says: read-only, closed and migrated without losing an order, open', async () => {
    expect(sample.output()).toContain(`--wait-for ${url}/maintenance-mode`);
    for (const path of ['/', '/orders', '/login', '/health', '/shop.css'])
      expect(await statusOf(path)).toBe(200);

    // Announced, then read-only: visitors read, and order nothing.
    await run('on', '--start', '+5m', '--for', '15m', '--reason', 'We are moving our order book.');
    expect(await statusOf('/')).toBe(200);
    const order = async () => request(url).post('/orders').type('form').send({ book: 'ink' });
    const first = order();
    await until('the order is in flight', async () => {
      const { body } = await request(url).get('/maintenance-mode').set('Authorization', `Bearer ${token}`);
      return (body as { inFlight: number }).inFlight === 1;
    });
    const wait = [...header(), '--wait-for', `${url}/maintenance-mode`];
    const work = startCommand(directory, 'run', '--for', '15m', ...wait, '--', process.execPath, MIGRATE);
    await until('the shop is closed', async () => (await statusOf('/')) === 503);
    expect((await order()).status).toBe(503);
    expect(await statusOf('/health')).toBe(200);
    const { code, stdout } = await work.end();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Moving 1 orders to version 2 ...\nThe order book is in version 2.\n',
    });
    expect((await first).status).toBe(303);

    // Behind the closed door, by the link.
    const closed = await run('on', '--for', '15m', '--with-bypass');
    const [, link = ''] = /^Bypass, shown only now: (\S+)$/m.exec(closed.stdout) ?? [];
    const agent = request.agent(url);
    await until('the shop is closed again', async () => (await statusOf('/orders')) === 503);
    await agent.get(link).expect(302);
    const { text } = await agent.get('/orders').set(HTML).expect(200);
    expect(text).toContain('1 so far, in version 2');

    await run('off');
    await until('the shop is open', async () => (await statusOf('/orders')) === 200);
    expect((await run('history')).stdout.match(/via cli/g)?.length).toBeGreaterThanOrEqual(4);
    expect(await sample.stop()).toEqual({ code: 0, signal: null });
  });

  it('lets its staff in by the token alone', async () => {
    const log = async (text: string) => request(url).post('/login').type('form').send({ token: text });
    expect((await log('wrong')).status).toBe(401);
    const { status, headers } = await log(token);
    expect({ status, location: headers['location'] }).toEqual({
      status: 303,
      location: '/maintenance-mode/admin',
    });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    await request(url)
      .get('/maintenance-mode/admin')
      .set({ ...HTML, Cookie: cookie })
      .expect(200);
  });
});

describeInBrowser.each([['in a browser']])('the pages of the shop %s', () => {
  useBrowser();

  it('announce what is planned, under their strict policy', async () => {
    await run('on', '--start', '+5m', '--for', '15m', '--reason', 'We are moving our order book.');
    await until('it is announced', async () => {
      const { body } = await request(url).get('/maintenance-mode');
      return (body as { announced: boolean }).announced;
    });
    const { page } = await visitor();
    await page.goto(url);
    await page.getByText('We are moving our order book.').waitFor();
    expect(await page.locator('.book').count()).toBe(4);
    await page.screenshot({ path: join(directory, 'shop.png') });
  });
});
