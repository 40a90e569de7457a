import { Controller, Get, Header } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { platforms, type TestApp } from '../support/platforms.js';

@Controller()
class ShopController {
  @Header('Cache-Control', 'max-age=1')
  @Get('window')
  window(): string {
    return 'shop window';
  }

  @MaintenanceOff()
  @Get('health')
  health(): string {
    return 'well';
  }
}

/** Instances of one application; each has its own state. */
export interface Shops {
  readonly ports: readonly number[];
  toggle(action: 'enable' | 'disable'): Promise<void>;
  close(): Promise<void>;
}

export async function openShops(count: number): Promise<Shops> {
  const [, createApp] = platforms[0] ?? [];
  if (createApp === undefined) throw new Error('There is no platform.');
  const shops: TestApp[] = [];
  for (let index = 0; index < count; index += 1)
    shops.push(await createApp({ controllers: [ShopController] }));
  return {
    ports: shops.map(({ port }) => port),
    async toggle(action) {
      await Promise.all(shops.map(({ get }) => get(MaintenanceService)[action]()));
    },
    async close() {
      await Promise.all(shops.map(({ app }) => app.close()));
    },
  };
}
