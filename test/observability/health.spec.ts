import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import request from 'supertest';
import { MaintenanceOff, MaintenanceOptionsError, MaintenanceService } from '../../lib/index.js';
import { MaintenanceHealthIndicator, type MaintenanceHealthOptions } from '../../lib/terminus.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { until } from '../support/until.js';

let healthOptions: MaintenanceHealthOptions | undefined;

@Controller('health')
@MaintenanceOff()
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly maintenance: MaintenanceHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<unknown> {
    return this.health.check([() => this.maintenance.check('maintenance', healthOptions)]);
  }
}

afterEach(closeApps);

describe.each(platforms)('The health indicator on %s', (_, createApp) => {
  async function createHealthy(faulty = new FaultyStorage()): Promise<TestApp> {
    return createApp({
      imports: [TerminusModule],
      controllers: [HealthController],
      providers: [MaintenanceHealthIndicator],
      options: { storage: faulty, sync: { pollIntervalMs: 20 } },
    });
  }

  it.each<[MaintenanceHealthOptions | undefined, string, number]>([
    [undefined, 'up', 200],
    [{}, 'up', 200],
    [{ whileActive: 'up' }, 'up', 200],
    [{ whileActive: 'degraded' }, 'degraded', 200],
    [{ whileActive: 'down' }, 'down', 503],
    [{ whileStale: 'down' }, 'up', 200],
  ])('with %j says %s during maintenance', async (options, health, status) => {
    healthOptions = options;
    const { url, get } = await createHealthy();
    const before = await request(url).get('/health').expect(200);
    expect(before.body.details.maintenance).toMatchObject({ status: 'up', state: 'off', stale: false });
    await get(MaintenanceService).enable({ reason: 'We move.', endsAt: '2999-01-01T00:00:00Z', by: 'ada' });
    const { body, headers } = await request(url).get('/health').expect(status);
    expect(headers).not.toHaveProperty('maintenance-mode');
    expect(body.details.maintenance).toEqual({
      status: health,
      state: 'active',
      mode: 'full',
      reason: 'We move.',
      startsAt: null,
      endsAt: '2999-01-01T00:00:00.000Z',
      stale: false,
    });
  });

  it.each<[MaintenanceHealthOptions, string, number]>([
    [{}, 'up', 200],
    [{ whileStale: 'degraded' }, 'degraded', 200],
    [{ whileStale: 'down' }, 'down', 503],
    [{ whileActive: 'degraded', whileStale: 'up' }, 'degraded', 200],
    [{ whileActive: 'degraded', whileStale: 'down' }, 'down', 503],
    [{ whileActive: 'down', whileStale: 'degraded' }, 'down', 503],
  ])('with %j says %s during maintenance with a storage that fails', async (options, health, status) => {
    healthOptions = options;
    const faulty = new FaultyStorage();
    const { url, get } = await createHealthy(faulty);
    const maintenance = get(MaintenanceService);
    await maintenance.enable();
    faulty.faultyRead = throws;
    await until('the state is stale', () => maintenance.status().stale);
    const { body } = await request(url).get('/health').expect(status);
    expect(body.details.maintenance).toMatchObject({ status: health, stale: true });
  });

  it('refuses a result that does not exist, also while maintenance is off', async () => {
    const { get } = await createHealthy();
    const options = { whileActive: 'sideways' } as unknown as MaintenanceHealthOptions;
    const check = (): unknown => get(MaintenanceHealthIndicator).check('maintenance', options);
    expect(check).toThrow(MaintenanceOptionsError);
    expect(check).toThrow('whileActive: expected up, degraded or down, got "sideways"');
  });

  it('refuses `degraded` at once with a Terminus that does not have it', async () => {
    const { get } = await createHealthy();
    const service = get(HealthIndicatorService);
    const withoutDegraded = {
      check: (key: string) => Object.assign(service.check(key), { degraded: undefined }),
    } as unknown as HealthIndicatorService;
    const indicator = new MaintenanceHealthIndicator(withoutDegraded, {
      status: get(MaintenanceService).status(),
    } as ConstructorParameters<typeof MaintenanceHealthIndicator>[1]);
    expect(() => indicator.check('maintenance', { whileActive: 'degraded' })).toThrow(
      'whileActive: "degraded" needs @nestjs/terminus 12. Use "up" or "down".',
    );
  });
});
