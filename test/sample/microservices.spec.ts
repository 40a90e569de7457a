import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import request from 'supertest';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { killSamples, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const CLIENT = fileURLToPath(new URL('../../dist-sample/09-microservices/client.js', import.meta.url));

beforeEach(() => {
  process.env['TCP_PORT'] = '0';
});

afterEach(async () => {
  delete process.env['TCP_PORT'];
  await killCommands();
  await killSamples();
  await removeDirectories();
});

it('the sample of microservices answers its client, and tells it of maintenance', async () => {
  const directory = await makeProject();
  const { said } = await startSample(
    '09-microservices',
    directory,
    /The stock: (http\S+) and tcp:\/\/127\.0\.0\.1:(\d+)\n/,
  );
  const [, url = '', port = ''] = said;
  const ask = async (): Promise<string[]> => {
    const env = { ...process.env, TCP_PORT: port };
    const { stdout } = await promisify(execFile)(process.execPath, [CLIENT], { env });
    return stdout.trimEnd().split('\n');
  };
  const stock = 'stock.count: {"kilograms":40}';
  const invoice = 'invoices.latest: {"number":17,"total":"12.50"}';
  const health = 'health: {"status":"ok"}';
  await expect(ask()).resolves.toEqual([stock, invoice, health]);

  await command(directory, 'on', '--scope', 'billing');
  const pause = 'invoices.latest: in maintenance: Down for maintenance. Again in 3600 seconds.';
  await until('billing is closed', async () => (await ask())[1] === pause);
  await expect(ask()).resolves.toEqual([stock, pause, health]);

  await command(directory, 'on', '--for', '10m', '--reason', 'Stocktaking.');
  await until('all is closed', async () => (await ask())[0] !== stock);
  const [closed, , ...rest] = await ask();
  expect(closed).toMatch(/^stock\.count: in maintenance: Stocktaking\. Again in \d+ seconds\.$/);
  expect(rest).toEqual([health]);
  await request(url).get('/health').expect(200, { status: 'ok' });

  await command(directory, 'off');
  await command(directory, 'off', '--scope', 'billing');
  await until('all is open', async () => (await ask())[1] === invoice);
});
