import { afterEach, describe, it } from '@jest/globals';
import { Controller, Module, UseFilters, UseGuards } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceExceptionFilter, MaintenanceGuard, MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller('named')
@UseGuards(MaintenanceGuard)
@UseFilters(MaintenanceExceptionFilter)
class NamedController extends PageController {}

/** Does not import the maintenance module: it is global. */
@Module({ controllers: [NamedController] })
class FeatureModule {}

afterEach(closeApps);

describe.each(platforms)('The exported guard and filter on %s', (_, createApp) => {
  it('can be used by a controller of another module', async () => {
    const { url, get } = await createApp({ imports: [FeatureModule] });
    await request(url).get('/named').expect(200);
    await get(MaintenanceService).enable();
    await request(url)
      .get('/named')
      .set(HTML)
      .expect(503)
      .expect('Content-Type', /text\/html/);
  });
});
