import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceConflictError, MemoryStorage, type StoredRecord } from '../../lib/index.js';
import { BEARER, BROWSER, people } from '../support/people.js';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

class TroubledStorage extends MemoryStorage {
  trouble: (() => Promise<never>) | null = null;

  override async read(): Promise<StoredRecord | null> {
    return (await this.trouble?.()) ?? super.read();
  }

  override async write(text: string, expected?: string | null): Promise<StoredRecord> {
    return (await this.trouble?.()) ?? super.write(text, expected);
  }
}

class ContestedStorage extends MemoryStorage {
  override async write(): Promise<never> {
    throw new MaintenanceConflictError(this.name);
  }
}

afterEach(closeApps);

describe.each(platforms)('A toggle with a storage in trouble on %s', (_, createApp) => {
  it.each<[what: string, trouble: () => Promise<never>, says: RegExp]>([
    ['fails', () => Promise.reject(new Error('disk full')), /Cannot read .* "memory" storage: disk full/],
    ['hangs', () => new Promise<never>(() => {}), /no answer within 50 ms/],
  ])('that %s is a 503 that says why, and the state stays', async (__, trouble, says) => {
    const storage = new TroubledStorage();
    // So long that no poll notices it before the toggle does.
    const sync = { timeoutMs: 50, pollIntervalMs: 1_000_000 };
    const { base, maintenance } = await toggleApp(createApp, { options: { storage, sync, user: people } });
    for (const on of [false, true]) {
      storage.trouble = null;
      if (on) await maintenance.enable({ reason: 'before' });
      const before = await maintenance.refresh();
      storage.trouble = trouble;
      for (const action of ['on', 'off']) {
        const page = await request(base).get(`/${action}`).set(BROWSER).expect(503);
        expect(page.headers['content-type']).toContain('text/html');
        expect(page.text.replaceAll('&quot;', '"')).toMatch(says);
        for (const asked of [
          request(base).post(`/${action}`).set(BEARER),
          request(base).get(`/${action}`).set(BEARER),
        ]) {
          const response = await asked.expect(503).expect('Content-Type', /^application\/json/);
          expect(response.body).toMatchObject({ statusCode: 503, error: 'Service Unavailable' });
          expect((response.body as { message: string }).message).toMatch(says);
          // It is no maintenance answer.
          expect(response.headers).not.toHaveProperty('maintenance-mode');
        }
      }
      expect(maintenance.status()).toEqual({ ...before, stale: true });
      storage.trouble = null;
      expect(await maintenance.refresh()).toEqual(before);
    }
    await request(base).post('/off').set(BEARER).expect(200);
  });

  it('that others keep changing is a 409', async () => {
    const options = { storage: new ContestedStorage(), user: people };
    const { base, maintenance } = await toggleApp(createApp, { options });
    const response = await request(base).post('/on').set(BEARER).expect(409);
    expect((response.body as { message: string }).message).toContain('changed by another process or user');
    expect(maintenance.isActive()).toBe(false);
  });
});
