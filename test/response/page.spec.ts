import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { BEARER, BROWSER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';

/** The hashes, as a browser computes them, of the inline elements of a page. */
function inlineHashes(html: string, element: 'script' | 'style'): string[] {
  const elements = [...html.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>([^]*?)</${element}>`, 'g'))];
  return elements.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}

function directives(policy: string | undefined): Map<string, string[]> {
  const entries = (policy ?? '').split(';').map((directive): [string, string[]] => {
    const [name = '', ...values] = directive.trim().split(/\s+/);
    return [name, values];
  });
  return new Map(entries);
}

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</title></script><script>alert(1)</script>',
  '{{this}} {{{reason}}} {{#each this}}x{{/each}} {{constructor.constructor}}',
  '<a href="javascript:alert(1)">x</a>',
  `" onload='alert(1)' autofocus \` =`,
  'two\nlines\r\nSet-Cookie: a=b',
  '\u202Egnp.exe \u0000',
  '&lt;b&gt; &amp;',
];

/** The texts between tags, as an HTML parser reads them. */
function texts(html: string): string[] {
  const entities: Record<string, string> = {
    lt: '<',
    gt: '>',
    quot: '"',
    amp: '&',
    '#x27': "'",
    '#x60': '`',
    '#x3D': '=',
  };
  return [...html.matchAll(/>([^<]*)</g)].map(([, text = '']) =>
    text.replaceAll(/&([#\w]+);/g, (entity, name: string) => entities[name] ?? entity),
  );
}

afterEach(closeApps);

describe.each(platforms)('The page on %s', (_, createApp) => {
  const settings = { controllers: [PageController], options: { user: people } };

  it('says that it is maintenance, and until when, as valid HTML', async () => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable({ reason: 'Moving the database', endsAt: '2999-11-21T03:30:00Z' });
    const { text } = await request(url).get('/page').set(HTML).expect(503);
    expect(text).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(text).toContain('<h1>Down for maintenance</h1>');
    expect(texts(text)).toContain('Moving the database');
    expect(text).toContain('<time datetime="2999-11-21T03:30:00.000Z">21 November 2999 at 03:30 UTC</time>');
  });

  it.each([
    ['It', '/page', HTML, 503],
    ['The confirm page', '/maintenance-mode/off', BROWSER, 200],
  ])('%s allows its own inline script and style by hash, and nothing else inline', async (...row) => {
    const [, path, headers, status] = row;
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable({ reason: HOSTILE[1] ?? '', endsAt: '2999-11-21T03:30:00Z' });
    const response = await request(url).get(path).set(headers).expect(status);
    const policy = directives(response.headers['content-security-policy']);
    for (const element of ['script', 'style'] as const) {
      const hashes = inlineHashes(response.text, element);
      expect(hashes).toHaveLength(1);
      expect(policy.get(`${element}-src`)).toEqual(expect.arrayContaining(hashes));
      expect(policy.get(`${element}-src`)?.filter((source) => !hashes.includes(source))).toEqual(["'self'"]);
    }
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('base-uri')).toEqual(["'none'"]);
    expect(response.headers['content-security-policy']).not.toContain('unsafe');
    // Attributes have no hash: the page must have neither.
    expect(response.text).not.toMatch(/<[^>]+\s(?:style|on\w+)=/);
  });

  it.each(HOSTILE)('shows the reason %j as text', async (reason) => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable({ reason });
    const { text: page, headers } = await request(url).get('/page').set(HTML).expect(503);
    expect(texts(page)).toContain(reason);
    expect(page).not.toMatch(/<img|<a\b|alert\(1\)<\/script>/);
    expect(headers).not.toHaveProperty('set-cookie');

    const json = await request(url).get('/page').expect(503);
    expect(JSON.parse(json.text)).toMatchObject({ reason, detail: reason, message: reason });
    expect(json.headers['content-type']).toContain('json');

    // The page that an admin gets says it as well.
    const confirm = await request(url).get('/maintenance-mode/off').set(BROWSER).expect(200);
    expect(texts(confirm.text).some((shown) => shown.endsWith(reason))).toBe(true);
    expect(confirm.text).not.toMatch(/<img|<a\b|<script>alert/);
  });

  it('contains nothing of the request', async () => {
    const { url, get } = await createApp(settings);
    await get(MaintenanceService).enable();
    const marked = { 'User-Agent': 'mark', Referer: 'http://mark/', 'X-Forwarded-For': '"><script>mark' };
    for (const accept of ['text/html;x=mark', 'application/json;x=mark']) {
      const response = await request(url)
        .get('/page?mark=<mark>')
        .set({ ...marked, ...BEARER, Accept: accept });
      expect(response.status).toBe(503);
      expect(response.text + JSON.stringify(response.headers)).not.toContain('mark');
    }
  });
});
