import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request, { type Response } from 'supertest';
import { accessibilityFindings } from '../support/axe.js';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { command, killCommands } from '../support/command-line.js';
import { HTML } from '../support/pages.js';
import { killSamples, startSample } from '../support/samples.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

let directory: string;
let url: string;

beforeEach(async () => {
  directory = await makeDirectory();
  const { said } = await startSample('14-branded-page', directory, /is open: (http\S+)[^]*opens it again/);
  [, url = ''] = said;
});

afterEach(async () => {
  await killCommands();
  await killSamples();
  await removeDirectories();
});

const visit = async (language = 'en'): Promise<Response> =>
  request(url).get('/').set(HTML).set('Accept-Language', language);

/** Runs the command line, and waits until the shop answers with the status. */
async function turn(status: number, ...args: string[]): Promise<void> {
  const { code, stderr } = await command(directory, ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await until(`the shop answers ${status}`, async () => (await visit()).status === status);
}

describe('the sample 14-branded-page', () => {
  it('closes with the name, the logo, the color, the contact and the link of the shop', async () => {
    expect((await visit()).text).toContain('<h1>Lamps for every room</h1>');
    await turn(503, 'on', '--for', '30m');
    const { text } = await visit();
    expect(text).toContain('<title>Lumen is down for maintenance</title>');
    expect(text).toContain('src="data:image/svg+xml;base64,');
    expect(text).toContain('#0f766e');
    expect(text).toContain('<a href="mailto:help@lumen.example">help@lumen.example</a>');
    expect(text).toContain('<a href="https://status.lumen.example">Status</a>');
    await turn(200, 'off');
  });

  it('says in German what the shop says, and in other languages what the package says', async () => {
    await turn(503, 'on', '--for', '30m');
    expect((await visit('de-CH')).text).toContain('Wir wechseln ein paar Lampen und sind bald zurück.');
    expect((await visit('ja')).text).toContain('Lumen はメンテナンス中です');
    expect((await visit('ar')).text).toContain('dir="rtl"');
  });
});

describeInBrowser.each([['with a strict policy']])('the shop of the sample 14-branded-page, %s', () => {
  useBrowser();

  it('shows the announcement, says if it is read-only, and takes it away', async () => {
    await turn(200, 'on', '--start', '+1h', '--for', '30m', '--reason', 'New lamps.');
    const { page } = await visitor({ locale: 'en-GB' });
    await until('it is announced', async () => {
      const { body } = await request(url).get('/maintenance-mode');
      return (body as { announced: boolean }).announced;
    });
    await page.goto(url);
    const bar = page.locator('.bar');
    await bar.getByText('Planned maintenance: ').waitFor();
    await bar.getByText('New lamps.').waitFor();
    expect(await bar.textContent()).not.toContain('During that time');
    expect(await accessibilityFindings(page)).toEqual([]);

    await command(directory, 'update', '--read-only');
    await until('the shop knows it', async () => {
      await page.reload();
      await bar.getByText('Planned maintenance: ').waitFor();
      return (await bar.textContent())?.includes('During that time') === true;
    });
    await command(directory, 'off');
    await until('the bar is gone', async () => {
      const asked = page.waitForResponse((response) => response.url().endsWith('/maintenance-mode'));
      await page.reload();
      return ((await (await asked).json()) as { state: string }).state === 'off' && !(await bar.isVisible());
    });
  });
});
