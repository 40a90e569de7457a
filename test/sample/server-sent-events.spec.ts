import { afterEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import request from 'supertest';
import { describeInBrowser, useBrowser, visitor } from '../support/browser.js';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { killSamples, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const sources: EventSource[] = [];

afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  await killCommands();
  await killSamples();
  await removeDirectories();
});

async function start(): Promise<{ url: string; directory: string }> {
  const directory = await makeProject();
  const { said } = await startSample('10-server-sent-events', directory, /The kettle: (http\S+)\n/);
  return { url: said[1] ?? '', directory };
}

describe('the sample of Server-Sent Events', () => {
  it('ends its stream with a last word', async () => {
    const { url, directory } = await start();
    const source = new EventSource(`${url}/kettle`);
    sources.push(source);
    const heard: string[] = [];
    source.addEventListener('message', ({ data }) => heard.push(String(data)));
    source.addEventListener('maintenance', ({ data }) => heard.push(`maintenance ${String(data)}`));
    await until('a temperature', () => heard.some((word) => word.endsWith('°C')));
    await command(directory, 'on', '--reason', 'Descaling.');
    await until('the last word', () => heard.at(-1)?.startsWith('maintenance') === true);
    expect(heard.at(-1)).toContain('"detail":"Descaling."');
    await request(url).get('/kettle').expect(503);
    await request(url).get('/').expect(200);
    await until('it has given up', () => source.readyState === EventSource.CLOSED);
  });
});

describeInBrowser.each([['in a browser']])('the page of Server-Sent Events %s', () => {
  useBrowser();

  it('shows why the stream has ended, and comes back after maintenance', async () => {
    const { url, directory } = await start();
    const { page } = await visitor();
    await page.goto(url);
    await page.getByText('°C').waitFor();
    await command(directory, 'on', '--reason', 'Descaling.');
    await page.getByText('Descaling.').waitFor();
    await command(directory, 'off');
    await page.getByText('°C').waitFor();
  });
});
