import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { UserOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

interface WithHeaders {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const staff = { id: 'sam', isStaff: true };
const isSam = ({ headers }: WithHeaders): boolean => headers['x-name'] === 'sam';
const fails = (): never => {
  throw new Error('no database');
};
const rejects = async (): Promise<never> => fails();

afterEach(closeApps);

describe.each(platforms)('user.get on %s', (_, createApp) => {
  it.each<[string, UserOptions['get'] & object]>([
    ['at once', (asked: WithHeaders) => (isSam(asked) ? staff : null)],
    ['by a promise', async (asked: WithHeaders) => (isSam(asked) ? staff : null)],
    ['by a promise of nothing at all', async (asked: WithHeaders) => (isSam(asked) ? staff : undefined)],
  ])('returns the user %s', async (__, get) => {
    const { url } = await createApp({
      options: { enabled: true, ignore: { staff: true }, user: { get } },
      controllers: [PageController],
    });
    await request(url).get('/page').set('X-Name', 'sam').expect(200);
    await request(url).get('/page').expect(503);
  });

  it("receives the adapter's own request", async () => {
    const seen: unknown[] = [];
    const get = ({ method, ip }: { method: string; ip: string }): unknown => {
      seen.push({ method, ip });
      return null;
    };
    const { url } = await createApp({
      options: { enabled: true, ignore: { staff: true }, user: { get } },
      controllers: [PageController],
    });
    await request(url).get('/page').expect(503);
    // By the gate, and as it knows nobody once more by the guard, after middleware.
    const asked = { method: 'GET', ip: '127.0.0.1' };
    expect(seen).toEqual([asked, asked]);
  });

  it('is not called while maintenance is off, or without a rule about users', async () => {
    for (const options of [{ enabled: false, ignore: { staff: true } }, { enabled: true }]) {
      const { url } = await createApp({
        options: { ...options, user: { get: fails } },
        controllers: [PageController],
        logger: new KeptLogs(),
      });
      await request(url)
        .get('/page')
        .expect(options.enabled ? 503 : 200);
    }
  });

  it.each<[string, UserOptions]>([
    ['user.get throws', { get: fails }],
    ['user.get rejects', { get: rejects }],
    ['user.get rejects after the guards', { get: rejects, afterGuards: true }],
    ['user.isStaff throws', { get: () => staff, isStaff: fails }],
    ['user.isSuperuser throws', { get: () => ({ id: 'sue' }), isSuperuser: fails }],
  ])('if %s, requests get 503, anonymous or not, and one line is logged', async (__, user) => {
    const logger = new KeptLogs();
    const { url } = await createApp({
      options: { enabled: true, ignore: { anonymousUsers: true, staff: true, superusers: true }, user },
      controllers: [PageController],
      logger,
    });
    await request(url).get('/page').expect(503);
    await Promise.all(Array.from({ length: 10 }, async () => request(url).get('/page').expect(503)));
    await request(url).get('/page').expect(503);
    expect(logger.lines).toEqual([expect.stringContaining('no database')]);
  });

  it('does not prevent other exemptions if it fails', async () => {
    const { url } = await createApp({
      options: { enabled: true, ignore: { staff: true, urls: ['/page'] }, user: { get: rejects } },
      controllers: [PageController],
    });
    await request(url).get('/page').expect(200);
  });

  it('survives an isStaff that returns a rejected promise', async () => {
    const broken: unknown[] = [];
    const keep = (reason: unknown): void => void broken.push(reason);
    process.on('unhandledRejection', keep);
    try {
      const user: UserOptions = { get: () => staff, isStaff: rejects as never };
      const { url } = await createApp({
        options: { enabled: true, ignore: { staff: true }, user },
        controllers: [PageController],
      });
      await request(url).get('/page').expect(503);
      expect(broken).toEqual([]);
    } finally {
      process.off('unhandledRejection', keep);
    }
  });
});
