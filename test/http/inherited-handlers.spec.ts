import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

/** The same functions serve every subclass; only the classes differ. */
abstract class Items {
  @Get()
  list(): string {
    return 'items';
  }

  @Get('health')
  @MaintenanceOff()
  health(): string {
    return 'healthy';
  }
}

@Controller('undecorated')
class UndecoratedItems extends Items {}

@Controller('open')
@MaintenanceOff()
class OpenItems extends Items {}

@Controller('closed')
@MaintenanceOn()
class ClosedItems extends Items {}

@Controller('billing')
@MaintenanceScope('billing')
class BillingItems extends Items {}

@Controller('still-open')
class SubclassOfOpen extends OpenItems {}

@Controller('closed-again')
@MaintenanceOn()
class ClosedSubclassOfOpen extends OpenItems {}

@Controller('billing-again')
@MaintenanceScope('billing')
class BillingSubclassOfOpen extends OpenItems {}

@Controller('open-again')
@MaintenanceOff()
class OpenSubclassOfClosed extends ClosedItems {}

@Controller('overridden')
class Overridden extends Items {
  @Get('health')
  override health(): string {
    return 'overridden';
  }
}

afterEach(closeApps);

describe.each(platforms)('Inherited handlers on %s', (_, createApp) => {
  const controllers = [
    // The order in which they are first asked must not matter either.
    OpenItems,
    UndecoratedItems,
    ClosedItems,
    BillingItems,
    SubclassOfOpen,
    ClosedSubclassOfOpen,
    BillingSubclassOfOpen,
    OpenSubclassOfClosed,
    Overridden,
  ];
  const paths = [
    'open',
    'undecorated',
    'closed',
    'billing',
    'still-open',
    'closed-again',
    'billing-again',
    'open-again',
    'overridden',
  ];

  it.each<[string, number[]]>([
    ['nothing', [200, 200, 503, 200, 200, 503, 200, 200, 200]],
    ['the scope', [200, 200, 503, 503, 200, 503, 503, 200, 200]],
    ['the application', [200, 503, 503, 503, 200, 503, 503, 200, 503]],
  ])('have the rule of the class that runs, with %s in maintenance', async (what, expected) => {
    const { url, get } = await createApp({ controllers });
    if (what === 'the scope') await get(MaintenanceService).enable({ scope: 'billing' });
    if (what === 'the application') await get(MaintenanceService).enable();
    const ask = async (order: readonly string[]): Promise<number[]> => {
      const statuses = new Map<string, number>();
      for (const path of order) statuses.set(path, (await request(url).get(`/${path}`)).status);
      return paths.map((path) => statuses.get(path) ?? 0);
    };
    expect(await ask(paths)).toEqual(expected);
    expect(await ask(paths.toReversed())).toEqual(expected);
  });

  it('keep their decorator in every class, except if they are overridden', async () => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable();
    const healths = paths.map(async (path) => (await request(url).get(`/${path}/health`)).status);
    expect(await Promise.all(healths)).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 503]);
  });
});
