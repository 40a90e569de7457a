import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { AnyPathController } from '../support/any-path.js';
import { PageController } from '../support/pages.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';

const controllers = [AnyPathController];

afterEach(closeApps);

describe.each(platforms)('Parity 14: the off URL on %s', (_, createApp) => {
  it('stays reachable', async () => {
    const { url, get } = await createApp({ controllers: [PageController], options: { user: people } });
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
    await request(url).post('/maintenance-mode/off').set(BEARER).expect(200);
    await request(url).get('/page').expect(200);
  });

  it('is a 503 like any other if the controller is left out', async () => {
    const options = { user: people, controller: false } as const;
    const { url, get } = await createApp({ controllers, options });
    await get(MaintenanceService).enable();
    await request(url).post('/maintenance-mode/off').set(BEARER).expect(503);
    await request(url).get('/maintenance-mode/off').set(BEARER).expect(503);
    expect(get(MaintenanceService).isActive()).toBe(true);
  });
});

describe.each(platforms)('Parity 17: adminSite on %s', (_, createApp) => {
  it.each([
    ['/admin', 200],
    ['/admin/', 200],
    ['/admin/x', 200],
    ['/', 503],
    ['/administrator', 503],
  ])('GET %s answers %i', async (path, status) => {
    const { url } = await createApp({
      controllers,
      options: { enabled: true, ignore: { adminSite: '/admin' } },
    });
    await request(url).get(path).expect(status);
  });
});

describe.each(platforms)('Parity 18: IP rules on %s', (_, createApp) => {
  it.each([
    ['127.0.0.1', '', 200],
    ['10.0.0.1', '', 503],
    ['10.0.0.1', '10.0.0.1', 200],
    ['10.0.0.1', '10.0.0.199', 503],
    ['10.0.0.0/24', '10.0.0.199', 200],
    ['10.0.0.0/24', '10.0.1.199', 503],
    ['10.0.0.1', '::ffff:10.0.0.1', 200],
  ])('with %s listed, and %j as the address that getClientIp says: %i', async (listed, said, status) => {
    const getClientIp = (): string => said;
    const options = { enabled: true, ignore: { ipAddresses: [listed] }, ...(said !== '' && { getClientIp }) };
    const { url } = await createApp({ controllers, options });
    await request(url).get('/page').expect(status);
  });
});

describe.each(platforms)('Parity 20: ignore.tests on %s', (platform, createApp) => {
  /** The status that the built package answers in a process that gets this environment and no other. */
  async function statusIn(env: NodeJS.ProcessEnv): Promise<string> {
    const script = fileURLToPath(new URL('fixtures/ignore-tests.mjs', import.meta.url));
    const limits = { timeout: 120_000, killSignal: 'SIGKILL' } as const;
    const { stdout } = await promisify(execFile)(process.execPath, [script, platform], { env, ...limits });
    return stdout;
  }

  it('passes under a test runner', async () => {
    const options = { enabled: true, ignore: { tests: true } };
    const { url } = await createApp({ controllers, options });
    await request(url).get('/page').expect(200);
  });

  it('passes only there', async () => {
    expect(await statusIn({ NODE_ENV: 'test' })).toBe('503');
    expect(await statusIn({ JEST_WORKER_ID: '1' })).toBe('200');
  });
});

describe.each(platforms)('Parity 21: ignore.urls on %s', (_, createApp) => {
  it.each<[rule: string | RegExp, path: string, status: number]>([
    ['/health', '/health', 200],
    ['/health', '/health/live', 200],
    ['/health', '/healthy', 503],
    ['/', '/', 200],
    ['/', '/page', 503],
    ['/health', '/page?next=/health', 503],
    [/^\/v\d+$/, '/v1', 200],
    [/^\/v\d+$/, '/v1?page=2', 200],
    [/^\/v\d+$/, '/v1/users', 503],
    [/health/, '/page?next=/health', 503],
  ])('%s and GET %s: %i', async (rule, path, status) => {
    const { url } = await createApp({ controllers, options: { enabled: true, ignore: { urls: [rule] } } });
    await request(url).get(path).expect(status);
  });
});
