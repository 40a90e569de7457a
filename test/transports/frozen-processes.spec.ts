import { setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, type WsResponse } from '@nestjs/websockets';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FaultyStorage } from '../support/faulty.storage.js';
import { freeze } from '../support/freeze.js';
import { closeMicroservices, microservices } from '../support/microservices.js';
import { closeApps } from '../support/platforms.js';
import { closeClients, gatewayAt, sockets } from '../support/web-sockets.js';

const sync = { pollIntervalMs: 50, timeoutMs: 500 };
/** More than two poll intervals and the time limit after the next read was due. */
const FROZEN_MS = 800;
const READ_MS = 100;

afterEach(async () => {
  await closeClients();
  await closeMicroservices();
  await closeApps();
});

@Controller()
class StockController {
  @MessagePattern('stock.count')
  count(): number {
    return 7;
  }
}

/** Meanwhile another process turns maintenance on, in a storage that takes a while to read. */
async function freezeMeanwhileOn(storage: FaultyStorage): Promise<void> {
  await storage.memory.write('1');
  storage.faultyRead = async (read) => {
    const stored = await read();
    await delay(READ_MS);
    return stored;
  };
  freeze(FROZEN_MS);
}

describe.each(microservices)('A process that was frozen, with a microservice (%s),', (_, { start }) => {
  it('refuses the first message if maintenance was turned on', async () => {
    const storage = new FaultyStorage();
    const { send, refusal } = await start({ controllers: [StockController], options: { storage, sync } });
    expect(await send('stock.count')).toBe(7);
    await freezeMeanwhileOn(storage);
    expect(await refusal('stock.count')).toMatchObject({ code: 'MAINTENANCE' });
  });
});

describe.each(sockets)('A process that was frozen, with a gateway (%s),', (_, kind, create) => {
  class Gateway {
    @SubscribeMessage('tea')
    tea(): WsResponse {
      return { event: 'tea', data: null };
    }
  }
  gatewayAt(kind, 'shop')(Gateway);

  it('refuses the first message of an open connection if maintenance was turned on', async () => {
    const storage = new FaultyStorage();
    const client = await kind.connect(await create([Gateway], { options: { storage, sync } }), 'shop');
    client.send('tea');
    expect((await client.next()).event).toBe('tea');
    await freezeMeanwhileOn(storage);
    client.send('tea');
    expect(await client.next()).toMatchObject({ event: 'exception', data: { code: 'MAINTENANCE' } });
  });

  it('refuses the first connection if maintenance was turned on', async () => {
    const storage = new FaultyStorage();
    const app = await create([Gateway], { options: { storage, sync } });
    await freezeMeanwhileOn(storage);
    await expect(kind.connect(app, 'shop')).rejects.toThrow('Refused');
  });
});
