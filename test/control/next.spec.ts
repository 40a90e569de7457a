import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, type ToggleApp, toggleApp } from '../support/toggle-app.js';

const HTML = { ...BEARER, Accept: 'text/html' };

describe.each(mountings)('?next= on %s', (_, createApp, prefix) => {
  let base: ToggleApp['base'];

  beforeAll(async () => {
    ({ base } = await toggleApp(createApp, { prefix }));
  });
  afterAll(closeApps);

  it.each<[next: string, location: string]>([
    ['/ok', '/ok'],
    ['/ok?x=1#y', '/ok?x=1#y'],
    ['/', '/'],
    ['/a/../b/./c', '/b/c'],
    ['/%2f%2fevil.example', '/%2f%2fevil.example'], // a path, and stays one
    ['/\u00fc', '/%C3%BC'],
    ['/ok?next=https://evil.example', '/ok?next=https://evil.example'],
    ['/@evil.example', '/@evil.example'],
    ['/:80', '/:80'],
    ['', '/'],
    ['ok', '/'],
    ['?x', '/'],
    ['//evil.example', '/'],
    ['///evil.example', '/'],
    ['/\\evil.example', '/'],
    ['\\\\evil.example', '/'],
    ['/ok\\..\\evil', '/'],
    ['/\t/evil.example', '/'],
    ['\t//evil.example', '/'],
    ['/\r\nSet-Cookie: a=b', '/'],
    ['/ok\nx', '/'],
    ['/\u0000', '/'],
    ['/\u0085/evil.example', '/'],
    [' //evil.example', '/'],
    ['https://evil.example', '/'],
    ['HTTPS:evil.example', '/'],
    ['https:/ok', '/'],
    ['javascript:alert(1)', '/'],
    ['data:text/html,x', '/'],
    ['/.//evil.example', '/'],
    ['/..//evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['/%2e//evil.example', '/'],
    ['/%2e%2e//evil.example', '/'],
  ])('%j leads to %s', async (next, location) => {
    const query = `?next=${encodeURIComponent(next)}`;
    for (const asked of [request(base).post(`/on${query}`), request(base).get(`/off${query}`)]) {
      const response = await asked.set(HTML).expect(303);
      expect(response.headers['location']).toBe(location);
      expect(response.headers).not.toHaveProperty('set-cookie');
      expect(response.headers['cache-control']).toBe('no-store');
    }
  });

  it.each([
    ['', '/'],
    ['?next', '/'],
    ['?next=/a&next=/b', '/'],
    ['?next=/a&next=//evil.example', '/'],
    ['?next[]=/a', '/'],
    ['?NEXT=/a', '/'],
    ['?x=1&next=%2Fa', '/a'],
    ['?next=/a%', '/a%'],
    ['?next=%2Fa+b', '/a%20b'],
  ])('as the query "%s" leads to %s', async (query, location) => {
    await request(base).post(`/on${query}`).set(HTML).expect(303).expect('Location', location);
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
