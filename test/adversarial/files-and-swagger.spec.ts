import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { killBuilt, startBuilt } from '../support/built.js';
import { HTML } from '../support/pages.js';
import { rawRequest } from '../support/raw-request.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { expectBlocked } from './blocked.js';

const FILES = ['page.txt', 'index.html', 'secret.txt', 'public/read.txt'];

const children = new Set<ChildProcess>();

/** An application of its own: Jest cannot load it. */
async function start(platform: string, prefix: string) {
  const directory = await makeDirectory();
  await mkdir(join(directory, 'public'));
  await Promise.all(FILES.map((name) => writeFile(join(directory, name), `file ${name}`)));
  const child = await startBuilt('files-and-swagger', platform, prefix, directory);
  children.add(child);
  const say = async (message: 'on' | 'off' | 'port'): Promise<number> => {
    const answer = once(child, 'message');
    child.send(message);
    const [port] = (await answer) as [number];
    return port;
  };
  return { port: await say('port'), say };
}

afterAll(async () => {
  await Promise.all([...children].map(killBuilt));
  await removeDirectories();
});

describe.each([
  ['express', ''],
  ['express', 'api'],
  ['fastify', ''],
  ['fastify', 'api'],
])('On %s with the global prefix "%s"', (platform, prefix) => {
  let { port, say } = {} as Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    ({ port, say } = await start(platform, prefix));
  });

  afterEach(() => say('off'));

  it('no file and nothing of Swagger UI is served', async () => {
    const paths = [
      '/files/page.txt',
      '/files/index.html',
      '/files',
      '/files/',
      '/files/secret.txt',
      '/docs',
      '/docs/',
      '/docs-json',
      '/docs-yaml',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
      '/docs/swagger-ui-init.js',
    ];
    const before = await Promise.all(paths.map((path) => rawRequest(port, path)));
    expect(before.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(paths.length - 2);
    expect(before[0]?.body).toBe('file page.txt');
    await say('on');
    for (const path of [
      ...paths,
      '/files/none',
      '/files//page.txt',
      '/files/%70age.txt',
      '/FILES/page.txt',
    ]) {
      for (const headers of [{}, HTML, { Range: 'bytes=0-3' }, { 'If-None-Match': '*' }]) {
        const answer = await rawRequest(port, path, headers);
        expectBlocked(answer);
        expect(answer.body).not.toMatch(/^file |swagger/i);
      }
    }
    expect(await rawRequest(port, `${prefix && `/${prefix}`}/off`)).toMatchObject({
      status: 200,
      body: 'the route',
    });
    expectBlocked(await rawRequest(port, `${prefix && `/${prefix}`}/closed`));
    await say('off');
    const after = await Promise.all(paths.map((path) => rawRequest(port, path)));
    expect(after.map(({ status, body }) => [status, body])).toEqual(
      before.map(({ status, body }) => [status, body]),
    );
  });

  it('an exempt folder is no way to what is beside it', async () => {
    await say('on');
    expect(await rawRequest(port, '/files/public/read.txt')).toMatchObject({
      status: 200,
      body: 'file public/read.txt',
    });
    const ways = [
      '/files/public/../secret.txt',
      '/files/public/%2e%2e/secret.txt',
      '/files/public/..%2fsecret.txt',
      '/files/public%2f..%2fsecret.txt',
      '/files/public/..\\secret.txt',
      '/files/public/..%5csecret.txt',
      '/files/public/.../../secret.txt',
      '/files/public//../../files/secret.txt',
      '/files/public/;/../../secret.txt',
      '//files/public/../secret.txt',
      `http://127.0.0.1:${port}/files/public/../secret.txt`,
      'http://files/public/../files/secret.txt',
    ];
    for (const way of ways) {
      const answer = await rawRequest(port, way);
      expect([way, answer.body.includes('file secret')]).toEqual([way, false]);
      if (answer.status !== 400) expectBlocked(answer);
    }
  });
});
