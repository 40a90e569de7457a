import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CanActivate, Controller, Get, UseGuards } from '@nestjs/common';
import {
  MaintenanceOff,
  MaintenanceOptionsError,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { MaintenancePrometheusModule } from '../../lib/prometheus.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { counted, exporters, named } from '../support/metrics.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

@Controller('billing')
@MaintenanceScope('billing')
class BillingController {
  @Get()
  billing(): string {
    return 'billing';
  }
}

@Controller('health')
@MaintenanceOff()
class HealthController {
  @Get()
  health(): string {
    return 'ok';
  }
}

const userOf = ({ headers }: IncomingMessage): unknown =>
  headers['x-user'] === undefined ? null : { isStaff: headers['x-user'] === 'staff' };
const STAFF = { 'X-User': 'staff' };

/** Knows the user when the gate has decided. */
const authentication: CanActivate = {
  canActivate: (context) => {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    request.user = userOf(request);
    return true;
  },
};

@Controller('guarded')
@UseGuards(authentication)
class GuardedController {
  @Get()
  page(): string {
    return 'guarded';
  }

  @Get('billing')
  @MaintenanceScope('billing')
  billing(): string {
    return 'guarded billing';
  }
}

const controllers = [PageController, BillingController, HealthController];
const SECRET = 'a secret of many characters';

/** Sends requests, some at a time, and returns how many were answered with each status. */
async function send(count: number, url: string, options: RequestInit = {}): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  let left = count;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const response = await fetch(url, { redirect: 'manual', ...options });
      await response.arrayBuffer();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 20 }, one));
  return statuses;
}

afterEach(closeApps);

describe.each(platforms)('Metrics on %s', (_, createApp) => {
  it('are the same by Prometheus and by OpenTelemetry after 1,000 requests', async () => {
    const { imports, prometheus, openTelemetry } = exporters();
    const { url, get } = await createApp({
      imports,
      controllers,
      options: { ignore: { urls: ['/open'] }, bypass: { secret: SECRET } },
    });
    await send(50, `${url}/page`);
    await get(MaintenanceService).enable();
    expect(await send(500, `${url}/page`)).toEqual({ 503: 500 });
    expect(await send(150, `${url}/page`, { method: 'POST', body: 'x' })).toEqual({ 503: 150 });
    expect(await send(50, `${url}/nowhere`)).toEqual({ 503: 50 });
    expect(await send(50, `${url}/billing`)).toEqual({ 503: 50 });
    expect(await send(50, `${url}/health`)).toEqual({ 200: 50 });
    expect(await send(50, `${url}/open`)).toEqual({ 404: 50 });
    expect(await send(100, `${url}/page`, { headers: { 'Maintenance-Bypass': SECRET } })).toEqual({
      200: 100,
    });
    const scraped = await prometheus();
    expect(counted(scraped, 'maintenance_blocked_requests_total')).toEqual({
      '{transport="http"}': 750,
    });
    expect(counted(scraped, 'maintenance_passed_requests_total')).toEqual({
      '{rule="bypass"}': 100,
      '{rule="urls"}': 50,
    });
    expect(await openTelemetry()).toEqual(scraped);
    await get(MaintenanceService).disable();
    await send(50, `${url}/page`);
    expect(counted(await prometheus(), 'maintenance_blocked_requests_total')).toEqual({
      '{transport="http"}': 750,
    });
  });

  it.each([
    ['by the guards', {}],
    ['by user.get', { user: { get: userOf } }],
  ])('count each request once if users are known %s', async (__, options) => {
    const { imports, prometheus } = exporters();
    const { url, get } = await createApp({
      imports,
      controllers: [...controllers, GuardedController],
      options: { ignore: { staff: true }, ...options },
    });
    await get(MaintenanceService).enable();
    await get(MaintenanceService).enable({ scope: 'billing' });
    for (const path of ['/guarded', '/guarded/billing']) {
      expect(await send(20, `${url}${path}`, { headers: STAFF })).toEqual({ 200: 20 });
      expect(await send(10, `${url}${path}`)).toEqual({ 503: 10 });
    }
    expect(await send(5, `${url}/nowhere`)).toEqual({ 503: 5 });
    const scraped = await prometheus();
    expect(counted(scraped, 'maintenance_blocked_requests_total')).toEqual({ '{transport="http"}': 25 });
    expect(counted(scraped, 'maintenance_passed_requests_total')).toEqual({ '{rule="users"}': 40 });
  });

  it('count a request once that both the application and a scope would block', async () => {
    const { imports, prometheus } = exporters();
    const options = { bypass: { secret: SECRET } };
    const { url, get } = await createApp({ imports, controllers, options });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const headers = { 'Maintenance-Bypass': SECRET };
    expect(await send(10, `${url}/page`)).toEqual({ 200: 10 });
    expect(await send(10, `${url}/billing`)).toEqual({ 503: 10 });
    expect(await send(10, `${url}/billing`, { headers })).toEqual({ 200: 10 });
    expect(await send(10, `${url}/page`, { headers, method: 'POST' })).toEqual({ 200: 10 });
    const scraped = await prometheus();
    expect(counted(scraped, 'maintenance_blocked_requests_total')).toEqual({ '{transport="http"}': 10 });
    expect(counted(scraped, 'maintenance_passed_requests_total')).toEqual({ '{rule="bypass"}': 20 });
  });

  it('count a request once that middleware answers while its user is not known', async () => {
    const { imports, prometheus } = exporters();
    const { url, get } = await createApp({
      imports,
      controllers: [GuardedController],
      options: { ignore: { staff: true } },
      configure: (app) =>
        void app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
          if (request.headers['x-cached'] === undefined) next();
          else response.end('from a cache');
        }),
    });
    await get(MaintenanceService).enable();
    expect(await send(10, `${url}/guarded`, { headers: { 'X-Cached': 'yes' } })).toEqual({ 503: 10 });
    const scraped = await prometheus();
    expect(counted(scraped, 'maintenance_blocked_requests_total')).toEqual({ '{transport="http"}': 10 });
  });

  it('tell what is active and scheduled, from when until when', async () => {
    const { imports, prometheus, openTelemetry } = exporters();
    const { get } = await createApp({ imports, controllers });
    const maintenance = get(MaintenanceService);
    expect(named(await prometheus(), 'maintenance_active')).toEqual({
      '{scope="",mode="full"}': 0,
      '{scope="",mode="read-only"}': 0,
    });
    expect(named(await prometheus(), 'maintenance_end_timestamp_seconds')).toEqual({});
    await maintenance.enable({ mode: 'read-only' });
    await maintenance.enable({
      scope: 'billing',
      startsAt: '2999-01-01T00:00:00Z',
      endsAt: '2999-01-01T01:00:00Z',
    });
    const scraped = await prometheus();
    expect(named(scraped, 'maintenance_active')).toEqual({
      '{scope="",mode="full"}': 0,
      '{scope="",mode="read-only"}': 1,
      '{scope="billing",mode="full"}': 0,
      '{scope="billing",mode="read-only"}': 0,
    });
    const startsAt = Date.parse('2999-01-01T00:00:00Z') / 1000;
    expect(named(scraped, 'maintenance_start_timestamp_seconds')).toMatchObject({
      '{scope="billing"}': startsAt,
    });
    const since = named(scraped, 'maintenance_start_timestamp_seconds')['{scope=""}'] ?? 0;
    expect(Math.abs(Date.now() / 1000 - since)).toBeLessThan(60);
    expect(named(scraped, 'maintenance_end_timestamp_seconds')).toEqual({
      '{scope="billing"}': startsAt + 3600,
    });
    expect(await openTelemetry()).toEqual(scraped);
    // A change is no new start, and what is planned next does not replace what is active.
    await maintenance.update({ reason: 'Longer than planned' });
    await maintenance.enable({ startsAt: '2999-02-01T00:00:00Z' });
    const later = await prometheus();
    expect(named(later, 'maintenance_start_timestamp_seconds')).toEqual(
      named(scraped, 'maintenance_start_timestamp_seconds'),
    );
    expect(named(later, 'maintenance_active')).toEqual(named(scraped, 'maintenance_active'));
    await maintenance.disable();
    await maintenance.disable({ scope: 'billing' });
    expect(named(await prometheus(), 'maintenance_start_timestamp_seconds')).toEqual({});
  });

  it('count changes, and the outages of the storage', async () => {
    const { imports, prometheus, openTelemetry } = exporters();
    const storage = new FaultyStorage();
    const { get } = await createApp({ imports, options: { storage, sync: { pollIntervalMs: 20 } } });
    const maintenance = get(MaintenanceService);
    await maintenance.enable();
    await maintenance.enable({ reason: 'Longer' });
    await maintenance.disable();
    expect(named(await prometheus(), 'maintenance_changes_total')).toMatchObject({
      '{action="activated"}': 1,
      '{action="updated"}': 1,
      '{action="deactivated"}': 1,
      '{action="scheduled"}': 0,
    });
    expect(named(await prometheus(), 'maintenance_storage_failures_total')).toEqual({ '': 0 });
    storage.faultyRead = throws;
    await until('the outage is noticed', () => maintenance.status().stale);
    const scraped = await prometheus();
    expect(named(scraped, 'maintenance_storage_stale')).toEqual({ '': 1 });
    expect(named(scraped, 'maintenance_storage_failures_total')).toEqual({ '': 1 });
    expect(await openTelemetry()).toEqual(scraped);
  });

  it('tell the work in flight', async () => {
    const { imports, prometheus, openTelemetry } = exporters();
    const { get } = await createApp({ imports });
    expect(named(await prometheus(), 'maintenance_work_in_flight')).toEqual({ '': 0 });
    const job = new EventEmitter();
    const tracked = get(MaintenanceService).trackWork(once(job, 'end'));
    expect(named(await prometheus(), 'maintenance_work_in_flight')).toEqual({ '': 1 });
    expect(named(await openTelemetry(), 'maintenance_work_in_flight')).toEqual({ '': 1 });
    job.emit('end');
    await tracked;
    expect(named(await prometheus(), 'maintenance_work_in_flight')).toEqual({ '': 0 });
  });

  it('leave the registry with their application', async () => {
    const { imports, registry } = exporters();
    const { app } = await createApp({ imports });
    expect(registry.getMetricsAsArray()).toHaveLength(9);
    await app.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('refuse a registry that another application has', async () => {
    const { registry, imports } = exporters();
    await createApp({ imports });
    const error: unknown = await createApp({
      imports: [MaintenancePrometheusModule.forRoot({ registry })],
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: 'registry', message: expect.stringContaining('a registry each') });
  });
});
