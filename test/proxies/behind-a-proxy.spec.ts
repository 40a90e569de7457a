import { afterEach, expect, it } from '@jest/globals';
import { closeApps } from '../support/platforms.js';
import { describeWith } from '../support/programs.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { haproxy, nginx, startHaproxy, startNginx, stopProxies } from './documented-proxy.js';
import { openShops } from './shops.js';

afterEach(async () => {
  await stopProxies();
  await closeApps();
  await removeDirectories();
});

const OWN_503 = {
  status: 503,
  maintenance: 'active',
  retryAfter: '3600',
  body: expect.stringContaining('<!doctype html>'),
};
const PROXY_ERROR = { maintenance: undefined, retryAfter: undefined };

describeWith('No nginx (looked in PATH and /usr/sbin)', nginx)(
  'The nginx examples of docs/behind-a-proxy.md',
  () => {
    it('pass the 503 on, and keep all instances', async () => {
      const shops = await openShops(2);
      const proxy = await startNginx('Right: the 503', shops.ports);
      await shops.toggle('enable');
      for (let times = 0; times < 4; times += 1) expect(await proxy.get('/window')).toEqual(OWN_503);
      expect(await proxy.get('/health')).toMatchObject({ status: 200, body: 'well' });
      await shops.toggle('disable');
      expect(await proxy.get('/window')).toMatchObject({ status: 200, body: 'shop window' });
    });

    it('warn rightly: with http_503 all instances go out, for the health check too', async () => {
      const shops = await openShops(2);
      const proxy = await startNginx('Wrong: nginx takes all instances out', shops.ports);
      await shops.toggle('enable');
      for (let times = 0; times < 4; times += 1) await proxy.get('/window');
      expect(await proxy.get('/health')).toMatchObject({ ...PROXY_ERROR, status: 502 });
    });

    it('warn rightly: proxy_intercept_errors with 503 replaces the answer, JSON too', async () => {
      const shops = await openShops(1);
      const proxy = await startNginx('Wrong: clients of the API', shops.ports);
      await shops.toggle('enable');
      for (const accept of ['text/html', 'application/json']) {
        expect(await proxy.get('/window', accept)).toMatchObject({
          ...PROXY_ERROR,
          status: 503,
          body: 'The page of nginx',
        });
      }
    });

    it("show nginx's page only if the application does not answer", async () => {
      const shops = await openShops(1);
      const proxy = await startNginx("Right: nginx's page if", shops.ports);
      await shops.toggle('enable');
      expect(await proxy.get('/window')).toEqual(OWN_503);
      expect(JSON.parse((await proxy.get('/window', 'application/json')).body)).toMatchObject({
        status: 503,
      });
      await shops.close();
      expect(await proxy.get('/window')).toEqual({
        status: 503,
        maintenance: undefined,
        retryAfter: '60',
        body: 'The page of nginx',
      });
    });

    it('warn rightly: http_503 in proxy_cache_use_stale hides maintenance', async () => {
      const shops = await openShops(1);
      const proxy = await startNginx('Wrong: visitors see the old pages', shops.ports);
      await proxy.get('/window');
      await shops.toggle('enable');
      await passed(1);
      expect(await proxy.get('/window')).toMatchObject({ status: 200, body: 'shop window' });
    });

    it('serve a stored page while it is fresh, and never store a 503', async () => {
      const shops = await openShops(1);
      const proxy = await startNginx('Right: a stored page', shops.ports);
      await proxy.get('/window');
      await shops.toggle('enable');
      await until('the stored page is stale', async () => (await proxy.get('/window')).status === 503);
      expect(await proxy.get('/window')).toEqual(OWN_503);
      await shops.toggle('disable');
      expect(await proxy.get('/window')).toMatchObject({ status: 200, body: 'shop window' });
    });
  },
);

describeWith('No haproxy (looked in PATH and /usr/sbin)', haproxy)(
  'The HAProxy examples of docs/behind-a-proxy.md',
  () => {
    it('pass the 503 on, and keep all instances', async () => {
      const shops = await openShops(2);
      const proxy = await startHaproxy('Right: instances are checked', shops.ports);
      await shops.toggle('enable');
      for (let times = 0; times < 40; times += 1) expect(await proxy.get('/window')).toEqual(OWN_503);
      expect(await proxy.get('/health')).toMatchObject({ status: 200, body: 'well' });
    });

    it('warn rightly: with observe layer7 all instances go out, for the health check too', async () => {
      const shops = await openShops(2);
      const proxy = await startHaproxy('Wrong: answers to visitors', shops.ports);
      await shops.toggle('enable');
      for (let times = 0; times < 40; times += 1) await proxy.get('/window');
      expect(await proxy.get('/health')).toMatchObject({ ...PROXY_ERROR, status: 503 });
    });
  },
);

/** nginx counts the age of a stored page in whole seconds: it is stale when this many have passed, and one more. */
async function passed(seconds: number): Promise<void> {
  const end = Math.floor(Date.now() / 1000) + seconds + 2;
  await until('the stored page is stale', () => Date.now() / 1000 >= end);
}
