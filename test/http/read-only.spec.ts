import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller()
class OtherController {
  @Get('closed')
  @MaintenanceOn()
  closed(): string {
    return 'closed';
  }
}

@Controller('billing')
@MaintenanceScope('billing')
class BillingController extends PageController {}

afterEach(closeApps);

describe.each(platforms)('Read-only mode on %s', (_, createApp) => {
  const controllers = [PageController, OtherController, BillingController];

  it.each(['get', 'head', 'options'] as const)('lets %s pass', async (method) => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const response = await request(url)[method]('/page').expect(200);
    expect(response.headers).not.toHaveProperty('maintenance-mode');
  });

  it.each(['post', 'put', 'patch', 'delete'] as const)('blocks %s and says read-only', async (method) => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const response = await request(url)[method]('/page').expect(503);
    expect(response.headers['maintenance-mode']).toBe('read-only');
    expect(response.body).toMatchObject({
      mode: 'read-only',
      reason: null,
      detail: 'Read-only for maintenance: nothing can be changed at the moment.',
    });
  });

  it('says on the page that nothing can be changed', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const response = await request(url).post('/page').set(HTML).expect(503);
    expect(response.text).toContain('<h1>Nothing can be changed right now</h1>');
    expect(response.text).not.toContain('Down for maintenance');
  });

  it('can be set for one scope', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ scope: 'billing', mode: 'read-only' });
    await request(url).get('/billing').expect(200);
    await request(url).post('/billing').expect(503);
    await request(url).post('/page').expect(200);
    await get(MaintenanceService).enable({ scope: 'billing' });
    const response = await request(url).get('/billing').expect(503);
    expect(response.headers['maintenance-mode']).toBe('active');
  });

  it('of the application does not open a scope that is blocked in full', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ scope: 'billing' });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await request(url).get('/billing').expect(503);
  });

  it('does not open @MaintenanceOn handlers, whose mode stays full', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const response = await request(url).get('/closed').expect(503);
    expect(response.headers['maintenance-mode']).toBe('active');
  });
});
