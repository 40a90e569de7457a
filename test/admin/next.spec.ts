import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, type ToggleApp, toggleApp } from '../support/toggle-app.js';

const HTML = { ...BEARER, Accept: 'text/html' };

/** Without a path of this origin: the admin page, relative to the route. */
const ADMIN = /^admin\?done=\d+$/;

describe.each(mountings)('?next= on %s', (_, createApp, prefix) => {
  let base: ToggleApp['base'];

  beforeAll(async () => {
    ({ base } = await toggleApp(createApp, { prefix }));
  });
  afterAll(closeApps);

  it.each<[next: string, location: string | RegExp]>([
    ['/ok', '/ok'],
    ['/ok?x=1#y', '/ok?x=1#y'],
    ['/', '/'],
    ['/a/../b/./c', '/b/c'],
    ['/%2f%2fevil.example', '/%2f%2fevil.example'], // a path, and stays one
    ['/\u00fc', '/%C3%BC'],
    ['/ok?next=https://evil.example', '/ok?next=https://evil.example'],
    ['/@evil.example', '/@evil.example'],
    ['/:80', '/:80'],
    ['', ADMIN],
    ['ok', ADMIN],
    ['?x', ADMIN],
    ['//evil.example', ADMIN],
    ['///evil.example', ADMIN],
    ['/\\evil.example', ADMIN],
    ['\\\\evil.example', ADMIN],
    ['/ok\\..\\evil', ADMIN],
    ['/\t/evil.example', ADMIN],
    ['\t//evil.example', ADMIN],
    ['/\r\nSet-Cookie: a=b', ADMIN],
    ['/ok\nx', ADMIN],
    ['/\u0000', ADMIN],
    ['/\u0085/evil.example', ADMIN],
    [' //evil.example', ADMIN],
    ['https://evil.example', ADMIN],
    ['HTTPS:evil.example', ADMIN],
    ['https:/ok', ADMIN],
    ['javascript:alert(1)', ADMIN],
    ['data:text/html,x', ADMIN],
    ['/.//evil.example', ADMIN],
    ['/..//evil.example', ADMIN],
    ['/a/..//evil.example', ADMIN],
    ['/%2e//evil.example', ADMIN],
    ['/%2e%2e//evil.example', ADMIN],
  ])('%j leads to %s', async (next, location) => {
    const query = `?next=${encodeURIComponent(next)}`;
    for (const asked of [request(base).post(`/on${query}`), request(base).get(`/off${query}`)]) {
      const response = await asked.set(HTML).expect(303);
      expect(response.headers['location']).toEqual(
        location instanceof RegExp ? expect.stringMatching(location) : location,
      );
      expect(response.headers).not.toHaveProperty('set-cookie');
      expect(response.headers['cache-control']).toBe('no-store');
    }
  });

  it.each<[query: string, location: string | RegExp]>([
    ['', ADMIN],
    ['?next', ADMIN],
    ['?next=/a&next=/b', ADMIN],
    ['?next=/a&next=//evil.example', ADMIN],
    ['?next[]=/a', ADMIN],
    ['?NEXT=/a', ADMIN],
    ['?x=1&next=%2Fa', '/a'],
    ['?next=/a%', '/a%'],
    ['?next=%2Fa+b', '/a%20b'],
  ])('as the query "%s" leads to %s', async (query, location) => {
    await request(base)
      .post(`/on${query}`)
      .set(HTML)
      .expect(303)
      .expect('Location', location as string);
  });

  it('changes nothing for JSON clients', async () => {
    const response = await request(base)
      .post('/on?next=/ok')
      .set(BEARER)
      .expect(200, /"state":"active"/);
    expect(response.headers).not.toHaveProperty('location');
  });

  it('is still there when the confirm page is sent, which posts to its own address', async () => {
    const { text } = await request(base).get('/on?next=/ok').set(BROWSER).expect(200);
    expect(text).toContain('<form method="post">');
  });
});
