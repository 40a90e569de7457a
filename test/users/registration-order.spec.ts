import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type ModuleMetadata, UseGuards } from '@nestjs/common';
import request from 'supertest';
import {
  MaintenanceModule,
  type MaintenanceModuleOptions,
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceService,
  MemoryStorage,
} from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { type AppSettings, closeApps, platforms } from '../support/platforms.js';
import { NameGuard, SAM, UMA, userOf } from './names.js';

@UseGuards(NameGuard)
@Controller('shop')
class ShopController {
  @Get()
  page(): string {
    return 'the shop';
  }

  @MaintenanceOn()
  @Get('on')
  on(): string {
    return 'on';
  }

  @MaintenanceOff()
  @Get('off')
  off(): string {
    return 'off';
  }
}

@Module({ controllers: [ShopController] })
class ShopModule {}

@Module({})
class FeatureModule {}

type Imports = NonNullable<ModuleMetadata['imports']>;

const orders: [where: string, (maintenance: Imports[number]) => Imports][] = [
  ['first', (maintenance) => [maintenance, ShopModule]],
  ['last', (maintenance) => [ShopModule, maintenance]],
  ['in a feature module', (maintenance) => [ShopModule, { module: FeatureModule, imports: [maintenance] }]],
  [
    'in a feature module that the pages know nothing of, first',
    (maintenance) => [{ module: FeatureModule, imports: [maintenance] }, ShopModule],
  ],
];

const modes: [string, MaintenanceModuleOptions, banned: number][] = [
  ['user.get', { user: { get: userOf } }, 503],
  ['afterGuards', {}, 403],
];

afterEach(closeApps);

describe.each(platforms)('Imported on %s', (_, createApp) => {
  describe.each(orders)('%s', (__, importsOf) => {
    it.each(modes)('with %s, the decisions are the same', async (___, options, banned) => {
      const storage = new MemoryStorage();
      const maintenance = MaintenanceModule.forRoot({ storage, ignore: { staff: true }, ...options });
      const settings: AppSettings = { maintenance: null, imports: importsOf(maintenance) };
      const { url, get } = await createApp({ ...settings, controllers: [PageController] });
      const statusOf = async (path: string, who: Record<string, string>): Promise<number> =>
        (await request(url).get(path).set(who)).status;
      await get(MaintenanceService).enable();
      const BANNED = { 'X-Name': 'banned' };
      const statuses = {
        uma: await statusOf('/shop', UMA),
        sam: await statusOf('/shop', SAM),
        banned: await statusOf('/shop', BANNED),
        on: await statusOf('/shop/on', SAM),
        off: await statusOf('/shop/off', UMA),
        root: await statusOf('/page', UMA),
        status: await statusOf('/maintenance-mode', {}),
        toggle: await statusOf('/maintenance-mode/off', SAM),
      };
      expect(statuses).toEqual({
        uma: 503,
        sam: 200,
        banned,
        on: 503,
        off: 200,
        root: 503,
        status: 200,
        toggle: 403,
      });
    });
  });
});
