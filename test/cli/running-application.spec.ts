import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { FileStorage } from '../../lib/index.js';
import { command, killCommands } from '../support/command-line.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

afterEach(async () => {
  await killCommands();
  await closeApps();
  await removeDirectories();
});

describe.each(platforms)('an application that runs on %s', (_, createApp) => {
  it('follows the command line', async () => {
    const directory = await makeDirectory();
    const storage = new FileStorage({ path: join(directory, 'maintenance-state.json') });
    const { url } = await createApp({ controllers: [PageController], options: { storage } });
    const answers =
      (code: number, method: 'get' | 'post' = 'get') =>
      async (): Promise<boolean> =>
        (await request(url)[method]('/page')).status === code;
    await until('200 at first', answers(200));

    await command(directory, 'on', '--reason', 'By hand', '--for', '1h');
    await until('503 after on', answers(503));
    const { body, headers } = await request(url).get('/page');
    expect(body).toMatchObject({ reason: 'By hand', mode: 'full' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(3500);

    await command(directory, 'on', '--read-only');
    await until('200 for a GET in read-only mode', answers(200));
    await until('503 for a POST in read-only mode', answers(503, 'post'));

    await command(directory, 'off');
    await until('200 after off', answers(200, 'post'));
  });
});
