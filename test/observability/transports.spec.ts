import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage } from '@nestjs/websockets';
import { MaintenanceOff, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { graphqlServers, post } from '../support/graphql.js';
import { shop } from '../support/graphql-shop.js';
import { counted, exporters, type Exporters } from '../support/metrics.js';
import { closeMicroservices, microservices } from '../support/microservices.js';
import { closeApps } from '../support/platforms.js';
import { closeClients, gatewayAt, sockets } from '../support/web-sockets.js';

const SECRET = 'a secret of many characters';
const EXEMPT = { 'Maintenance-Bypass': SECRET };
const options = { bypass: { secret: SECRET } };

async function counts({ prometheus }: Exporters): Promise<readonly object[]> {
  const scraped = await prometheus();
  return ['blocked', 'passed'].map((what) => counted(scraped, `maintenance_${what}_requests_total`));
}

afterEach(async () => {
  await closeClients();
  await closeMicroservices();
  await closeApps();
});

describe.each(graphqlServers)('Counting with $name', (server) => {
  it('counts requests that the gate decides on, and fields that it leaves to GraphQL', async () => {
    const metrics = exporters();
    const { url, get } = await server.create({ ...shop, imports: metrics.imports, options });
    const maintenance = get(MaintenanceService);
    await maintenance.enable();
    await post(url, '{ products { id } }').expect(503);
    await post(url, '{ products { id } }').set(EXEMPT).expect(200);
    expect(await counts(metrics)).toEqual([{ '{transport="http"}': 1 }, { '{rule="bypass"}': 1 }]);
    await maintenance.enable({ mode: 'read-only' });
    await post(url, '{ products { id } }').expect(200);
    await post(url, 'mutation { one: buy(id: "tea") { id } two: buy(id: "tea") { id } }').expect(200);
    expect(await counts(metrics)).toEqual([
      { '{transport="graphql"}': 2, '{transport="http"}': 1 },
      { '{rule="bypass"}': 1 },
    ]);
    await post(url, 'mutation { buy(id: "tea") { id } }').set(EXEMPT).expect(200);
    expect(await counts(metrics)).toMatchObject([{ '{transport="graphql"}': 2 }, { '{rule="bypass"}': 2 }]);
  });
});

class Handlers {
  @SubscribeMessage('plain')
  plain(): object {
    return { event: 'plain', data: null };
  }
}

describe.each(sockets)('Counting with %s', (_, kind, createApp) => {
  function gateway(): Type<Handlers> {
    class Gateway extends Handlers {}
    gatewayAt(kind, 'chat')(Gateway);
    return Gateway;
  }

  it('counts each connection and each message once', async () => {
    const metrics = exporters();
    const app = await createApp([gateway()], { imports: metrics.imports, options });
    const before = await kind.connect(app, 'chat');
    await app.get(MaintenanceService).enable();
    await expect(kind.connect(app, 'chat')).rejects.toThrow();
    expect(await counts(metrics)).toEqual([{ '{transport="ws"}': 1 }, {}]);
    for (let count = 0; count < 2; count += 1) {
      before.send('plain');
      await before.next();
    }
    expect(await counts(metrics)).toEqual([{ '{transport="ws"}': 3 }, {}]);
    const exempt = await kind.connect(app, 'chat', { headers: EXEMPT });
    expect(await counts(metrics)).toEqual([{ '{transport="ws"}': 3 }, { '{rule="bypass"}': 1 }]);
    exempt.send('plain');
    await exempt.next();
    expect(await counts(metrics)).toEqual([{ '{transport="ws"}': 3 }, { '{rule="bypass"}': 2 }]);
  });
});

@Controller()
class StockController {
  @MessagePattern('count')
  count(): number {
    return 7;
  }

  @MessagePattern('health')
  @MaintenanceOff()
  health(): string {
    return 'ok';
  }

  @EventPattern('changed')
  changed(_data: unknown): void {}

  @MessagePattern('invoice')
  @MaintenanceScope('billing')
  invoice(): string {
    return 'an invoice';
  }
}

describe.each(microservices)('Counting with %s', (_, { start }) => {
  it('counts each message and each event once', async () => {
    const metrics = exporters();
    const service = await start({ controllers: [StockController], imports: metrics.imports });
    await service.maintenance.enable();
    await service.refusal('count');
    await service.refusal('invoice');
    await service.send('health');
    await service.emit('changed');
    await service.refusal('count');
    expect(await counts(metrics)).toEqual([{ '{transport="rpc"}': 4 }, {}]);
    await service.maintenance.disable();
    await service.send('count');
    expect(await counts(metrics)).toEqual([{ '{transport="rpc"}': 4 }, {}]);
  });
});
