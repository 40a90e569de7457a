import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceGuard, MaintenanceOff, MaintenanceScope } from '../../lib/index.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

@Controller('teas')
@MaintenanceScope('teas')
class TeaController {
  @Get()
  teas(): string {
    return 'Assam';
  }

  @Get('health')
  @MaintenanceOff()
  health(): string {
    return 'well';
  }
}

afterEach(() => void jest.restoreAllMocks());
afterEach(closeApps);

describe.each(platforms)('While maintenance is off, on %s,', (_, createApp) => {
  it('the guard returns no promise and reads no metadata', async () => {
    const { url, get } = await createApp({ controllers: [PageController, TeaController] });
    const ask = async (): Promise<void> => {
      for (const path of ['/page', '/teas', '/teas/health']) await request(url).get(path).expect(200);
    };
    // What is read once.
    await ask();
    const decisions = jest.spyOn(get(MaintenanceGuard), 'canActivate');
    const looks = (['getMetadata', 'getOwnMetadata', 'hasMetadata', 'hasOwnMetadata'] as const).map((name) =>
      jest.spyOn(Reflect, name),
    );
    await ask();
    expect(decisions.mock.results.map(({ value }) => value)).toEqual([true, true, true]);
    expect(looks.map(({ mock }) => mock.calls)).toEqual([[], [], [], []]);
  });
});
