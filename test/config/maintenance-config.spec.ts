import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigModule } from '@nestjs/config';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { maintenanceConfig } from 'nestjs-maintenance-mode/config';
import request from 'supertest';
import { MaintenanceModule, MaintenanceService } from '../../lib/index.js';
import { SECRET } from '../support/bypass.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, type CreateApp, platforms, type TestApp } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const before = { ...process.env };

let directory: string;

beforeEach(async () => {
  directory = await makeDirectory();
});

afterEach(async () => {
  await closeApps();
  await removeDirectories();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
});

/** Boots with variables, `MAINTENANCE_MODE` left out of their names; the state is kept in a file of the test's own. */
async function boot(createApp: CreateApp, variables: Readonly<Record<string, string>>): Promise<TestApp> {
  const set = { _STATE_FILE_PATH: join(directory, 'state.json'), ...variables };
  for (const [name, value] of Object.entries(set)) process.env[`MAINTENANCE_MODE${name}`] = value;
  const maintenance = MaintenanceModule.forRootAsync(maintenanceConfig.asProvider());
  return createApp({ controllers: [PageController], maintenance });
}

describe.each(platforms)('maintenanceConfig on %s', (_, createApp) => {
  it('leaves the mode to the stored state where MAINTENANCE_MODE is not set', async () => {
    const { url, get } = await boot(createApp, {});
    await request(url).get('/page').expect(200);
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503).expect('Retry-After', '3600');
  });

  it('keeps the state in the file that is named', async () => {
    await writeFile(join(directory, 'other.json'), '1');
    const { url } = await boot(createApp, { _STATE_FILE_PATH: join(directory, 'other.json') });
    await request(url).get('/page').expect(503);
  });

  it.each<[variables: Record<string, string>, status: number, headers: Record<string, unknown>]>([
    [{}, 503, { 'retry-after': '3600' }],
    [{ '': 'off' }, 200, {}],
    [{ _IGNORE_URLS: '/health, /page' }, 200, {}],
    [{ _IGNORE_URLS: '/pages' }, 503, {}],
    [{ _IGNORE_IP_ADDRESSES: '10.0.0.0/8, 127.0.0.1' }, 200, {}],
    [{ _IGNORE_IP_ADDRESSES: '10.0.0.0/8' }, 503, {}],
    [{ _IGNORE_ADMIN_SITE: '/page' }, 200, {}],
    [{ _IGNORE_ANONYMOUS_USER: 'yes' }, 200, {}],
    [{ _IGNORE_STAFF: 'true', _IGNORE_SUPERUSER: 'true', _IGNORE_AUTHENTICATED_USER: 'true' }, 503, {}],
    [{ _IGNORE_TESTS: 'true' }, 200, {}],
    [{ _STATUS_CODE: '500', _RETRY_AFTER: '120' }, 500, { 'retry-after': '120' }],
    [{ _RESPONSE_TYPE: 'json' }, 503, { 'content-type': expect.stringContaining('json') }],
    [{ _REDIRECT_URL: '/sorry' }, 302, { location: '/sorry' }],
  ])('forced on, with %j, answers %i', async (variables, status, headers) => {
    const { url } = await boot(createApp, { '': 'on', ...variables });
    const response = await request(url).get('/page').set(HTML);
    expect({ status: response.status, headers: response.headers }).toMatchObject({ status, headers });
  });

  it('sends no Retry-After with false', async () => {
    const { url } = await boot(createApp, { '': 'on', _RETRY_AFTER: 'false' });
    const { headers } = await request(url).get('/page').expect(503);
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('shows the template that is named', async () => {
    const template = join(directory, 'closed.hbs');
    await writeFile(template, '<h1>Closed with {{statusCode}}</h1>');
    const { url } = await boot(createApp, { '': 'on', _TEMPLATE: template });
    expect((await request(url).get('/page').set(HTML)).text).toBe('<h1>Closed with 503</h1>');
  });

  it('lets the secret pass', async () => {
    const { url } = await boot(createApp, { '': 'on', _BYPASS_SECRET: SECRET });
    await request(url).get('/page').expect(503);
    await request(url).get('/page').set('Maintenance-Bypass', SECRET).expect(200);
  });

  it.each([
    ['', 'perhaps'],
    ['_STATUS_CODE', '204'],
    ['_IGNORE_IP_ADDRESSES', '10.0.0.0/33'],
    ['_BYPASS_SECRET', 'hush hush'],
    ['_RETRY_AFTER', '99999999999'],
    ['_TEMPLATE', 'no-such-template.hbs'],
  ])('fails at boot, and names MAINTENANCE_MODE%s, where it is %j', async (name, value) => {
    const failure = boot(createApp, { [name]: value });
    await expect(failure).rejects.toMatchObject({
      code: 'MAINTENANCE_OPTIONS',
      message: expect.stringMatching(`^MAINTENANCE_MODE${name}: (?!.*hush)`),
    });
  });

  it('reads what ConfigModule has taken from an .env file', async () => {
    const envFilePath = join(directory, '.env');
    await writeFile(envFilePath, 'MAINTENANCE_MODE=true\nMAINTENANCE_MODE_RETRY_AFTER=77\n');
    const { url } = await createApp({
      controllers: [PageController],
      imports: [ConfigModule.forRoot({ envFilePath })],
      maintenance: MaintenanceModule.forRootAsync(maintenanceConfig.asProvider()),
    });
    await request(url).get('/page').expect(503).expect('Retry-After', '77');
  });
});
