import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';

@Controller()
class TargetController {
  @Get('sorry')
  sorry(): string {
    return 'sorry';
  }

  @Get('sorry/more')
  more(): string {
    return 'more';
  }
}

afterEach(closeApps);

describe.each(platforms)('response.redirectUrl on %s', (_, createApp) => {
  const controllers = [PageController, TargetController];

  it('exempts only GET and HEAD: a POST to the target is blocked', async () => {
    const { url, get } = await createApp({ controllers, options: { response: { redirectUrl: '/page' } } });
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(200);
    await request(url).head('/page').expect(200);
    for (const method of ['post', 'put', 'patch', 'delete'] as const)
      await request(url)[method]('/page').expect(503);
  });

  it('redirects HTML clients, and serves the target', async () => {
    const { url, get } = await createApp({ controllers, options: { response: { redirectUrl: '/sorry' } } });
    await get(MaintenanceService).enable();
    const response = await request(url).get('/page').set(HTML).expect(302).expect('Location', '/sorry');
    expect(response.text ?? '').toBe('');
    expect(response.headers).toMatchObject({
      'content-length': '0',
      'cache-control': 'no-store',
      'retry-after': '3600',
      'maintenance-mode': 'active',
      vary: 'Accept',
    });
    await request(url).get('/sorry').set(HTML).expect(200, 'sorry');
    await request(url).get('/sorry?from=page').set(HTML).expect(200, 'sorry');
    await request(url).head('/page').set(HTML).expect(302);
    await request(url).post('/page').set(HTML).expect(302);
  });

  it('does not redirect JSON clients', async () => {
    const { url, get } = await createApp({ controllers, options: { response: { redirectUrl: '/sorry' } } });
    await get(MaintenanceService).enable();
    const response = await request(url)
      .get('/page')
      .expect(503)
      .expect('Content-Type', /problem\+json/);
    expect(response.headers).not.toHaveProperty('location');
  });

  it.each([
    '/SORRY',
    '/sorry/',
    '//sorry',
    '/%73orry',
    '/sorry;x',
    '/sorry/more',
    '/x/../sorry',
    '/sorry%2f',
    '/./sorry',
  ])('%s is not the target, even if the router serves it', async (path) => {
    const { port, get } = await createApp({ controllers, options: { response: { redirectUrl: '/sorry' } } });
    await get(MaintenanceService).enable();
    const { status, body } = await rawRequest(port, path, HTML);
    expect([302, 404]).toContain(status);
    expect(body).not.toMatch(/^(sorry|more)$/);
  });

  it('the absolute form of a request is not the target either', async () => {
    const { port, get } = await createApp({ controllers, options: { response: { redirectUrl: '/sorry' } } });
    await get(MaintenanceService).enable();
    const { body } = await rawRequest(port, 'http://evil.example/sorry', HTML);
    expect(body).not.toBe('sorry');
  });

  describe('with an absolute URL', () => {
    const redirectUrl = 'https://shop.example/sorry?lang=en#top';

    // Whether that is this application, only the client says: nothing is exempt by it, and there is no loop.
    it.each([
      ['its own host', { Host: 'shop.example', 'X-Forwarded-Proto': 'https' }, 503],
      [
        "its own host with the scheme's port",
        { Host: 'shop.example:443', 'X-Forwarded-Proto': 'https' },
        503,
      ],
      ['its own host without encryption, behind a proxy', { Host: 'shop.example' }, 503],
      ['its own host in upper case', { Host: 'SHOP.EXAMPLE', 'X-Forwarded-Proto': 'https' }, 503],
      ['its own host as forwarded', { Host: 'a.example', 'X-Forwarded-Host': 'shop.example' }, 503],
      ['another host', { Host: 'api.example', 'X-Forwarded-Proto': 'https' }, 302],
      ['another port', { Host: 'shop.example:8443', 'X-Forwarded-Proto': 'https' }, 302],
      ['what is no host', { Host: 'a b', 'X-Forwarded-Proto': 'https' }, 302],
    ])('is not exempt for a request with %s', async (__, headers, status) => {
      const options = { response: { redirectUrl } };
      const { port, get } = await createApp({ controllers, trustProxy: true, options });
      await get(MaintenanceService).enable();
      const answer = await rawRequest(port, '/sorry?x=1', { ...HTML, ...headers });
      expect(answer.status).toBe(status);
      expect(answer.body).not.toBe('sorry');
      if (status === 503) expect(answer.body).toContain('Down for maintenance');
      const other = await rawRequest(port, '/page', { ...HTML, ...headers });
      expect(other.status).toBe(302);
      expect(other.headers['location']).toBe(redirectUrl);
    });

    it('is not exempt for JSON clients either', async () => {
      const { port, get } = await createApp({ controllers, options: { response: { redirectUrl } } });
      await get(MaintenanceService).enable();
      const answer = await rawRequest(port, '/sorry', { Host: 'shop.example' });
      expect(answer.status).toBe(503);
      expect(answer.body).toContain('"status":503');
    });

    it('is not exempt for the absolute form of a request', async () => {
      const { port, get } = await createApp({ controllers, options: { response: { redirectUrl } } });
      await get(MaintenanceService).enable();
      for (const target of ['https://shop.example/sorry', 'http://shop.example/sorry']) {
        const { status, body } = await rawRequest(port, target, { ...HTML, Host: 'shop.example' });
        expect([302, 503, 400]).toContain(status);
        expect(body).not.toBe('sorry');
      }
    });
  });

  it.each([
    ['/sorry/../sorry', '/sorry'],
    ['/sorry?x=1#top', '/sorry'],
  ])('%s does not lead to a loop', async (redirectUrl, asked) => {
    const { port, get } = await createApp({ controllers, options: { response: { redirectUrl } } });
    await get(MaintenanceService).enable();
    // A browser removes dot segments before it asks.
    const { status, body } = await rawRequest(port, asked, HTML);
    expect([status, body]).toEqual([200, 'sorry']);
  });
});
