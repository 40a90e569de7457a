import { afterEach, describe, expect, it } from '@jest/globals';
import { AnyPathController } from '../support/any-path.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';

/** Two programs may read these in two ways: what is exempt to one is something else to the other. */
const SUSPICIOUS = [
  '//public',
  '//public/sub/a',
  '/public//a',
  '/public/sub//',
  '///public',
  '/\\public',
  '\\public',
  '/public\\a',
  '/public;x',
  '/public;/a',
  '/public/a;b=c',
  '/;/public',
  '/./public',
  '/public/.',
  '/public/./a',
  '/public/..',
  '/public/../admin',
  '/public/sub/../secret.txt',
  '/public/sub/../../admin',
  '/admin/../public',
  '/x?/../public',
  '/public/%2e%2e/admin',
  '/public/%2E./admin',
  '/public/.%2e',
  '/public/%2e',
  '/public%2f..%2fadmin',
  '/public%2Fa',
  '/%2fpublic',
  '/public/a%2Fb',
  '/public%5c..%5cadmin',
  '/public/%5C',
  '/public/%252e%252e/admin',
  '/public/%252f',
  '/public/100%25',
  '/public/%3b',
  '/public/%3fx',
  '/public/%23x',
  '/admin#/public',
  '/public#/../admin',
  '/public/%00',
  '/public/%00/a',
  '/public/%0d%0aX: y',
  '/public/%09',
  '/public/%7f',
  '/public/%C2%85',
  '/public/%zz',
  '/public/%',
  '/public/%2',
  '/public/%C3',
  '/public/%C0%AE%C0%AE/admin',
  '/public/\u0001',
  'public',
  'public/admin',
  'http://public/admin',
  'http://public',
  'http://127.0.0.1/public',
  'https://127.0.0.1/public/sub/',
  'HTTP://public/public',
  '*',
];

afterEach(closeApps);

describe.each(platforms)('An ambiguous path on %s', (_, createApp) => {
  const controllers = [AnyPathController];

  it.each([
    ['a prefix', ['/public', '/public/sub/', '/', '/admin/public']],
    ['a regular expression', [/public/]],
  ])('is never exempt by %s', async (__, urls) => {
    const { port } = await createApp({ controllers, options: { enabled: true, ignore: { urls } } });
    const served: string[] = [];
    const statuses = new Set<number>();
    for (const path of SUSPICIOUS) {
      const { status, body } = await rawRequest(port, path);
      statuses.add(status);
      if (body.includes('served')) served.push(path);
    }
    expect(served).toEqual([]);
    // Node's parser and the routers refuse some of them; the others are blocked.
    expect([...statuses].filter((status) => ![400, 404, 503].includes(status))).toEqual([]);
    expect((await rawRequest(port, '/public')).body).toBe('served');
  });

  it('is never exempt below a global prefix either', async () => {
    const options = { enabled: true, ignore: { urls: ['/api/public', '/api/public/sub/', '/api'] } };
    const { port } = await createApp({
      controllers,
      options,
      configure: (app) => void app.setGlobalPrefix('api'),
    });
    const served: string[] = [];
    for (const path of SUSPICIOUS.filter((candidate) => candidate.startsWith('/'))) {
      if (path.startsWith('/x?')) continue;
      if ((await rawRequest(port, `/api${path}`)).body.includes('served')) served.push(path);
    }
    expect(served).toEqual([]);
    expect((await rawRequest(port, '/api/public')).body).toBe('served');
  });

  it.each([
    ['/public/...', 200],
    ['/public/..a/b..', 200],
    ['/public/.well-known/x', 200],
    ['/public/a:b@c!$&()*+,=~', 200],
    ['/public?next=//evil/../x;y\\z%zz', 200], // the query is never looked at
    ['/admin?next=/public', 503],
    ['/admin?/public', 503],
  ])('is not to be confused with GET %s, which answers %i', async (path, status) => {
    const options = { enabled: true, ignore: { urls: ['/public'] } };
    const { port } = await createApp({ controllers, options });
    expect(await rawRequest(port, path)).toMatchObject({ status });
  });

  it('is blocked beneath the admin site as well', async () => {
    const options = { enabled: true, ignore: { adminSite: '/public' } };
    const { port } = await createApp({ controllers, options });
    const served: string[] = [];
    for (const path of SUSPICIOUS)
      if ((await rawRequest(port, path)).body.includes('served')) served.push(path);
    expect(served).toEqual([]);
  });

  it('may be as long as Node takes it, and is judged by its beginning all the same', async () => {
    const options = { enabled: true, ignore: { urls: ['/public'] } };
    const { port } = await createApp({ controllers, options });
    expect(await rawRequest(port, `/public/${'a/'.repeat(6000)}end`)).toMatchObject({ status: 200 });
    expect(await rawRequest(port, `/public/${'a/'.repeat(6000)}../end`)).toMatchObject({ status: 503 });
    expect(await rawRequest(port, `/public${'a'.repeat(12_000)}`)).toMatchObject({ status: 503 });
    expect(await rawRequest(port, `/public/${'a'.repeat(20_000)}`)).toMatchObject({ status: 431 });
  });
});
