import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

afterEach(closeApps);
afterEach(removeDirectories);

describe.each(platforms)('response.page on %s', (_, createApp) => {
  it('puts product, logo, color, contact and links into the page', async () => {
    const logo = join(await makeDirectory(), 'logo.svg');
    await writeFile(logo, SVG);
    const page = {
      product: 'Ada & <Sons>',
      logo,
      accentColor: '#0f766e',
      contact: { text: 'help@shop.example', href: 'mailto:help@shop.example' },
      links: [{ text: 'Status', href: 'https://status.example/?a=1&b=2' }],
    };
    const { url, get } = await createApp({ controllers: [PageController], options: { response: { page } } });
    await get(MaintenanceService).enable();
    const { text } = await request(url).get('/page').set(HTML).expect(503);
    expect(text).toContain('<title>Ada &amp; &lt;Sons&gt; is down for maintenance</title>');
    expect(text).toContain('<h1><bdi>Ada &amp; &lt;Sons&gt;</bdi> is down for maintenance</h1>');
    expect(text).toContain(`src="data:image/svg+xml;base64,${Buffer.from(SVG).toString('base64')}"`);
    expect(text).toContain('--accent: #0f766e;');
    expect(text).toContain('Questions? <a href="mailto:help@shop.example">help@shop.example</a>');
    expect(text).toContain('<a href="https://status.example/?a&#x3D;1&amp;b&#x3D;2">Status</a>');
    const german = await request(url).get('/page').set(HTML).set('Accept-Language', 'de');
    expect(german.text).toContain('wird gerade gewartet</title>');

    await get(MaintenanceService).enable({ mode: 'read-only' });
    const { text: readOnly } = await request(url).post('/page').set(HTML).expect(503);
    expect(readOnly).toContain('Nothing can be changed in <bdi>Ada');
  });

  it('leaves a page that needs nothing else, and that is small', async () => {
    const { url, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable({ endsAt: '2999-11-21T03:30:00Z' });
    const { text } = await request(url).get('/page').set(HTML).expect(503);
    expect(text).not.toMatch(/\b(?:href|src)=|url\(|@import/);
    expect(Buffer.byteLength(text)).toBeLessThan(10_000);
  });
});

describe.each(platforms)('response.contentSecurityPolicy on %s', (_, createApp) => {
  it('adds sources, and keeps the hashes of the page', async () => {
    const contentSecurityPolicy = {
      'default-src': ['https://a.example'],
      'script-src': ['https://b.example'],
      'style-src-elem': ['https://c.example'],
      'frame-ancestors': ["'none'"],
      'upgrade-insecure-requests': [],
    };
    const options = { response: { contentSecurityPolicy } };
    const { url, get } = await createApp({ controllers: [PageController], options });
    await get(MaintenanceService).enable();
    const { headers } = await request(url).get('/page').set(HTML).expect(503);
    const directives = String(headers['content-security-policy']).split('; ');
    const hash = "'sha256-[\\w+/]{43}='";
    expect(directives).toEqual([
      'default-src https://a.example',
      expect.stringMatching(`^script-src 'self' ${hash} https://b\\.example$`),
      expect.stringMatching(`^style-src 'self' ${hash}$`),
      "img-src 'self' data:",
      "font-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      expect.stringMatching(`^style-src-elem 'self' ${hash} https://c\\.example$`),
      "frame-ancestors 'none'",
      'upgrade-insecure-requests',
    ]);
  });
});

describe.each(platforms)('response.problemType on %s', (_, createApp) => {
  it('is the type of the JSON', async () => {
    const problemType = 'https://shop.example/problems/maintenance';
    const options = { response: { problemType } };
    const { url, get } = await createApp({ controllers: [PageController], options });
    await get(MaintenanceService).enable();
    const { body } = await request(url).get('/page').expect(503);
    expect(body).toMatchObject({ type: problemType, code: 'MAINTENANCE' });
  });
});
