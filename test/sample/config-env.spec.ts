import { appendFile, copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { HTML } from '../support/pages.js';
import { killSamples, runSample, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let directory: string;

beforeEach(async () => {
  directory = await makeProject();
  await mkdir(join(directory, 'node_modules/@nestjs'));
  await symlink(join(ROOT, 'node_modules/@nestjs/config'), join(directory, 'node_modules/@nestjs/config'));
  for (const name of ['.env', 'maintenance.config.mjs']) {
    await copyFile(join(ROOT, 'sample/04-config-env', name), join(directory, name));
  }
});

afterEach(async () => {
  await killCommands();
  await killSamples();
  await removeDirectories();
});

const env = async (line: string): Promise<void> => appendFile(join(directory, '.env'), `${line}\n`);

async function start(): Promise<string> {
  const { said } = await startSample('04-config-env', directory, /The tea list: (http\S+)\/teas\n/);
  return said[1] ?? '';
}

describe('the sample of options from the environment', () => {
  it('is turned on and off by the command line, which finds its state', async () => {
    await env('MAINTENANCE_MODE_STATE_FILE_PATH=shared/kettle.json');
    await mkdir(join(directory, 'shared'));
    const url = await start();
    const statusOf = async (path: string): Promise<number> => (await request(url).get(path)).status;
    expect(await statusOf('/teas')).toBe(200);

    const on = await command(directory, 'on', '--reason', 'New kettles');
    expect(on).toMatchObject({ code: 0, stderr: '' });
    expect(on.stdout).toContain(`Storage: file ${join(directory, 'shared/kettle.json')}`);
    await until('503 after on', async () => (await statusOf('/teas')) === 503);
    const { body, headers } = await request(url).get('/teas').set(HTML);
    expect(body).toMatchObject({ reason: 'New kettles', status: 503 });
    expect(headers).toMatchObject({ 'retry-after': '600', 'content-type': expect.stringContaining('json') });
    expect(await statusOf('/health')).toBe(200);

    expect((await command(directory, 'off')).code).toBe(0);
    await until('200 after off', async () => (await statusOf('/teas')) === 200);
  });

  it('is forced on by a variable, and the command line then changes nothing', async () => {
    await env('MAINTENANCE_MODE=on\nMAINTENANCE_MODE_STATUS_CODE=500');
    const url = await start();
    await request(url).get('/teas').expect(500);
    await request(url).get('/health').expect(200);
    const { code, stderr } = await command(directory, 'off');
    expect(code).toBe(1);
    expect(stderr).toContain('Maintenance is forced by the "enabled" option in maintenance.config.mjs');
  });

  it('does not start with a value that does not parse, and names the variable', async () => {
    await env('MAINTENANCE_MODE_STATUS_CODE=5O3');
    const { code, output } = await runSample('04-config-env', directory, 0);
    expect(code).not.toBe(0);
    expect(output).toContain('MAINTENANCE_MODE_STATUS_CODE: expected a whole number');
  });
});
