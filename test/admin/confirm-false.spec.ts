import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { BEARER, BROWSER } from '../support/people.js';
import { closeApps } from '../support/platforms.js';
import { mountings, toggleApp } from '../support/toggle-app.js';

const COOKIE = { Cookie: 'session=ada' };

afterEach(closeApps);

describe.each(mountings)('With confirm: false on %s', (_, createApp, prefix) => {
  const options = { controller: { confirm: false } };

  it.each<[what: string, headers: Record<string, string>, outcome: 'toggles' | 'asks' | 'refuses']>([
    ['typed in', { ...BROWSER, 'Sec-Fetch-Site': 'none' }, 'toggles'],
    ['a link of this application', BROWSER, 'toggles'],
    ['a link of another site', { ...BROWSER, 'Sec-Fetch-Site': 'cross-site' }, 'asks'],
    ['a link of a sister site', { ...BROWSER, 'Sec-Fetch-Site': 'same-site' }, 'asks'],
    ['a browser that does not say', COOKIE, 'asks'],
    ['Basic credentials', { Authorization: 'Basic ada' }, 'asks'],
    ['no navigation', { ...BROWSER, 'Sec-Fetch-Mode': 'no-cors' }, 'asks'],
    ['a frame', { ...BROWSER, 'Sec-Fetch-Dest': 'iframe' }, 'refuses'],
    ['an image', { ...BROWSER, 'Sec-Fetch-Dest': 'image' }, 'refuses'],
    ['a prefetch', { ...BROWSER, 'Sec-Purpose': 'prefetch' }, 'refuses'],
    ['an old prefetch', { ...BROWSER, Purpose: 'prefetch' }, 'refuses'],
    ['a program', BEARER, 'toggles'],
  ])('a GET that is %s (%j) %s', async (__, headers, outcome) => {
    const { base, maintenance } = await toggleApp(createApp, { prefix, options });
    const response = await request(base).get('/on').set(headers);
    expect(maintenance.isActive()).toBe(outcome === 'toggles');
    if (outcome === 'asks') expect(response.text).toContain('<h1>Turn maintenance on?</h1>');
    if (outcome === 'refuses') expect(response.status).toBe(403);
    if (outcome === 'toggles') expect(response.status).toBe(headers['Cookie'] === undefined ? 200 : 303);
  });

  it('a GET of anybody else is a 403', async () => {
    const { base, storage } = await toggleApp(createApp, { prefix, options });
    await request(base)
      .get('/on')
      .set({ ...BROWSER, Cookie: 'session=bob' })
      .expect(403);
    expect(storage.writes).toBe(0);
  });
});
