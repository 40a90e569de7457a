import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

describe.each(platforms)('The JSON response on %s', (_, createApp) => {
  it.each(['application/problem+json', 'application/json'])('as %s has these members', async (accept) => {
    const { url, get } = await createApp({ controllers: [PageController] });
    const startsAt = '2026-01-02T03:04:05.678Z';
    await get(MaintenanceService).enable({
      reason: 'Moving the database',
      startsAt,
      endsAt: '2999-01-02T05:04:05.678+02:00',
      by: 'ada',
    });
    const response = await request(url).get('/page').set('Accept', accept).expect(503);
    const body = JSON.parse(response.text) as Record<string, unknown>;
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Moving the database',
      statusCode: 503,
      message: 'Moving the database',
      error: 'Service Unavailable',
      code: 'MAINTENANCE',
      reason: 'Moving the database',
      startsAt,
      endsAt: '2999-01-02T03:04:05.678Z',
      retryAfter: Number(response.headers['retry-after']),
      mode: 'full',
      scope: null,
    });
  });

  it('has a default detail without a reason, and null for missing values', async () => {
    const { url, get } = await createApp({ controllers: [PageController] });
    await get(MaintenanceService).enable();
    const { body } = await request(url).get('/page').expect(503);
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Down for maintenance.',
      statusCode: 503,
      message: 'Down for maintenance.',
      error: 'Service Unavailable',
      code: 'MAINTENANCE',
      reason: null,
      startsAt: null,
      endsAt: null,
      retryAfter: 3600,
      mode: 'full',
      scope: null,
    });
  });

  it('has the current state, not an earlier one', async () => {
    const { url, get } = await createApp({ controllers: [PageController] });
    for (const reason of ['First', 'Second']) {
      await get(MaintenanceService).enable({ reason });
      const { body } = await request(url).get('/page').expect(503);
      expect(body).toMatchObject({ reason });
    }
  });

  it('has a title for a status code without a standard name', async () => {
    const options = { response: { statusCode: 599 } };
    const { url, get } = await createApp({ controllers: [PageController], options });
    await get(MaintenanceService).enable();
    const { body } = await request(url).get('/page').expect(599);
    expect(body).toMatchObject({ title: 'Maintenance', error: 'Maintenance', status: 599 });
  });
});
