import { afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceError, MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

describe.each(platforms)('MaintenanceModule on %s', (_, createApp) => {
  it('refuses to be there twice, with two states', async () => {
    const again = MaintenanceModule.forRoot({ storage: new MemoryStorage() });
    const boot = createApp({ imports: [again] });
    await expect(boot).rejects.toThrow(/imported twice.*Import it once/);
    await expect(boot).rejects.toBeInstanceOf(MaintenanceError);
  });

  it('is the same one for modules that import the same definition', async () => {
    const once = MaintenanceModule.forRoot({ storage: new MemoryStorage() });
    @Module({ imports: [once], controllers: [PageController] })
    class FeatureModule {}
    const { url, get } = await createApp({ maintenance: once, imports: [once, FeatureModule] });
    await get(MaintenanceService).enable();
    await request(url).get('/page').expect(503);
  });
});
