import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, type DynamicModule, Get, Inject, Injectable, Module } from '@nestjs/common';
import request from 'supertest';
import {
  MaintenanceModule,
  type MaintenanceModuleOptions,
  MaintenanceOptionsError,
  type MaintenanceOptionsFactory,
  MaintenanceOff,
  MaintenanceService,
  MemoryStorage,
} from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const STATUS = Symbol('STATUS');

@Module({ providers: [{ provide: STATUS, useValue: 599 }], exports: [STATUS] })
class SettingsModule {}

@Injectable()
class Settings implements MaintenanceOptionsFactory {
  constructor(@Inject(STATUS) private readonly statusCode: number) {}

  async createMaintenanceOptions(): Promise<MaintenanceModuleOptions> {
    return { enabled: true, storage: new MemoryStorage(), response: { statusCode: this.statusCode } };
  }
}

@Module({ imports: [SettingsModule], providers: [Settings], exports: [Settings] })
class ConfigModule {}

@Controller('injecting')
class InjectingController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Get()
  @MaintenanceOff()
  state(): string {
    return this.maintenance.status().state;
  }
}

const inMemory = (): DynamicModule => MaintenanceModule.forRoot({ storage: new MemoryStorage() });

afterEach(closeApps);

describe.each(platforms)('MaintenanceModule on %s', (_, createApp) => {
  const controllers = [PageController];

  it.each([
    [
      'useFactory, inject and imports',
      () =>
        MaintenanceModule.forRootAsync({
          imports: [SettingsModule],
          inject: [STATUS],
          useFactory: (statusCode: number) => ({
            enabled: true,
            storage: new MemoryStorage(),
            response: { statusCode },
          }),
        }),
    ],
    ['useClass', () => MaintenanceModule.forRootAsync({ imports: [SettingsModule], useClass: Settings })],
    ['useExisting', () => MaintenanceModule.forRootAsync({ imports: [ConfigModule], useExisting: Settings })],
  ])('takes its options from %s', async (__, maintenance) => {
    const { url } = await createApp({ maintenance: maintenance(), controllers });
    await request(url).get('/page').expect(599);
  });

  it('takes structural settings beside a factory', async () => {
    const maintenance = MaintenanceModule.forRootAsync({
      controller: { path: 'ops' },
      useFactory: async () => ({ storage: new MemoryStorage() }),
    });
    const { url } = await createApp({ maintenance });
    await request(url).get('/ops').expect(200);
  });

  it('fails at boot for a wrong option of a factory', async () => {
    const maintenance = MaintenanceModule.forRootAsync({
      useFactory: () => ({ response: { statusCode: 204 } }),
    });
    await expect(createApp({ maintenance, controllers })).rejects.toBeInstanceOf(MaintenanceOptionsError);
  });

  it('lets every module inject the service', async () => {
    @Module({ controllers: [InjectingController] })
    class FeatureModule {}
    const { url, get } = await createApp({ imports: [FeatureModule] });
    await get(MaintenanceService).enable();
    await request(url).get('/injecting').expect(200, 'active');
  });

  describe('decides the same wherever it is imported:', () => {
    @Module({ controllers: [PageController] })
    class PageModule {}

    it.each([
      ['first', () => [inMemory(), PageModule]],
      ['last', () => [PageModule, inMemory()]],
      [
        'in a feature module',
        () => {
          @Module({ imports: [inMemory()] })
          class FeatureModule {}
          return [PageModule, FeatureModule];
        },
      ],
    ])('%s', async (__, imports) => {
      const { url, get } = await createApp({
        maintenance: null,
        imports: imports(),
        controllers: [InjectingController],
      });
      const answers = async (): Promise<number[]> => {
        const paths = ['/page', '/injecting', '/maintenance-mode'];
        return Promise.all(paths.map(async (path) => (await request(url).get(path)).status));
      };
      expect(await answers()).toEqual([200, 200, 200]);
      await get(MaintenanceService).enable();
      expect(await answers()).toEqual([503, 200, 200]);
      const response = await request(url).get('/page').expect(503);
      expect(response.headers).toMatchObject({ 'maintenance-mode': 'active', 'retry-after': '3600' });
      await get(MaintenanceService).disable();
      expect(await answers()).toEqual([200, 200, 200]);
    });
  });
});
