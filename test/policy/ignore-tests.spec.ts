import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { isTestRun } from '../../lib/policy/exemptions.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const PLAIN = { env: {}, argv: ['node', '/srv/app/dist/main.js'], execArgv: [] };

afterEach(closeApps);

describe('A test run', () => {
  it.each<[runner: string, process: Partial<Parameters<typeof isTestRun>[0]>]>([
    ['Jest', { env: { JEST_WORKER_ID: '1' } }],
    ['Vitest', { env: { VITEST: 'true' } }],
    ["node's runner, in a file's process", { env: { NODE_TEST_CONTEXT: 'child-v8' } }],
    ["node's runner itself", { execArgv: ['--test'] }],
    ['a parallel worker of Mocha', { env: { MOCHA_WORKER_ID: '0' } }],
    ['Mocha', { argv: ['node', '/srv/app/node_modules/.bin/mocha'] }],
    ['Mocha, by its file', { argv: ['node', '/srv/app/node_modules/mocha/bin/mocha.js'] }],
    ['Mocha, in the process that it starts', { argv: ['node', '/srv/app/node_modules/mocha/bin/_mocha'] }],
    ['Mocha on Windows', { argv: ['node', String.raw`C:\app\node_modules\mocha\bin\mocha.js`] }],
  ])('with %s is recognised', (_, process) => {
    expect(isTestRun({ ...PLAIN, ...process })).toBe(true);
  });

  it.each<[string, Partial<Parameters<typeof isTestRun>[0]>]>([
    ['a plain application', {}],
    ['an interactive node', { argv: ['node'] }],
    ['NODE_ENV=test', { env: { NODE_ENV: 'test' } }],
    ['an application in a folder named mocha', { argv: ['node', '/srv/mocha/main.js'] }],
    ['an application named mocha-cafe', { argv: ['node', '/srv/mocha-cafe.js'] }],
    ['an argument named mocha', { argv: ['node', '/srv/main.js', '/bin/mocha'] }],
    ['an argument --test', { argv: ['node', '/srv/main.js', '--test'] }],
    ['other flags of node', { execArgv: ['--test-name-pattern', '--experimental-vm-modules'] }],
  ])('is not %s', (_, process) => {
    expect(isTestRun({ ...PLAIN, ...process })).toBe(false);
  });
});

describe.each(platforms)('ignore.tests on %s', (_, createApp) => {
  it.each([
    [true, 200],
    [false, 503],
    [undefined, 503],
  ])('%s under Jest answers %i', async (tests, status) => {
    const ignore = tests === undefined ? {} : { tests };
    const { url } = await createApp({ controllers: [PageController], options: { enabled: true, ignore } });
    await request(url).get('/page').expect(status);
  });
});
