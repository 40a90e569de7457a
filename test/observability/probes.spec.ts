import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  MaintenanceModule,
  type MaintenanceModuleOptions,
  MaintenanceOff,
  MaintenanceService,
  MemoryStorage,
} from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller('health')
class HealthController {
  @Get()
  @MaintenanceOff()
  health(): string {
    return 'ok';
  }

  @Get('other')
  other(): string {
    return 'other';
  }
}

const WARNING = expect.stringMatching(
  /^Health checks of this application get a 503 .*"Kubernetes" in the documentation\.$/,
);

afterEach(closeApps);

describe.each(platforms)('The warning about health checks on %s', (_, createApp) => {
  it('is logged once, when maintenance begins', async () => {
    const logger = new KeptLogs();
    const { get } = await createApp({ controllers: [PageController], logger });
    const maintenance = get(MaintenanceService);
    await maintenance.enable({ mode: 'read-only' });
    await maintenance.enable({ scope: 'billing' });
    expect(logger.probeWarnings).toEqual([]);
    await maintenance.enable();
    expect(logger.probeWarnings).toEqual([WARNING]);
    await maintenance.disable();
    await maintenance.enable();
    expect(logger.probeWarnings).toEqual([WARNING]);
  });

  it('is logged at boot if maintenance is active', async () => {
    const storage = new MemoryStorage();
    await storage.write('1');
    const logger = new KeptLogs();
    await createApp({ controllers: [PageController], logger, options: { storage } });
    expect(logger.probeWarnings).toEqual([WARNING]);
  });

  it('is not logged if a route is @MaintenanceOff()', async () => {
    const logger = new KeptLogs();
    const { get } = await createApp({ controllers: [PageController, HealthController], logger });
    await get(MaintenanceService).enable();
    expect(logger.probeWarnings).toEqual([]);
  });

  it.each<MaintenanceModuleOptions['ignore']>([
    { urls: ['/health'] },
    { ipAddresses: ['10.0.0.0/8'] },
    { when: () => false },
    { anonymousUsers: true },
  ])('is not logged with ignore: %j', async (ignore) => {
    const logger = new KeptLogs();
    const options = ignore === undefined ? {} : { ignore };
    const { get } = await createApp({ controllers: [PageController], logger, options });
    await get(MaintenanceService).enable();
    expect(logger.probeWarnings).toEqual([]);
  });
});

it('There is no warning about health checks without HTTP', async () => {
  const logger = new KeptLogs();
  const testing = await Test.createTestingModule({
    imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })],
  })
    .setLogger(logger)
    .compile();
  await testing.init();
  await testing.get(MaintenanceService).enable();
  expect(logger.probeWarnings).toEqual([]);
  await testing.close();
});
