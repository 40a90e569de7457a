import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type Type } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage } from '@nestjs/websockets';
import { from, type Observable } from 'rxjs';
import { MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { until } from '../support/until.js';
import { closeClients, gatewayAt, type SocketKind, sockets } from '../support/web-sockets.js';

/** Longer than a test may take: who waits for itself does not end in time. */
const TOO_LONG_MS = 600_000;

/** Work that begins, and ends when it is told to. */
@Injectable()
class Work {
  begun = 0;
  readonly #ending = new AbortController();

  async do(): Promise<string> {
    this.begun += 1;
    await once(this.#ending.signal, 'abort');
    return 'done';
  }

  end(): void {
    this.#ending.abort();
  }
}

function gateway(kind: SocketKind): Type {
  @gatewayAt(kind, 'work')
  class Gateway {
    constructor(
      private readonly work: Work,
      private readonly maintenance: MaintenanceService,
    ) {}

    @SubscribeMessage('drain')
    async drain(@ConnectedSocket() except: object): Promise<object> {
      return { event: 'drain', data: await this.maintenance.drained({ timeoutMs: 60_000, except }) };
    }

    @SubscribeMessage('enable')
    async enable(@ConnectedSocket() except: object): Promise<object> {
      const { state } = await this.maintenance.enable({ drain: { timeoutMs: TOO_LONG_MS, except } });
      return { event: 'enable', data: state };
    }

    @SubscribeMessage('promise')
    promise(): Promise<string> {
      return this.work.do();
    }

    @SubscribeMessage('observable')
    observable(): Observable<string> {
      return from(this.work.do());
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Work, MaintenanceService], Gateway);
  return Gateway;
}

afterEach(async () => {
  await closeClients();
  await closeApps();
});

describe.each(sockets)('enable with drain, and a message by %s', (_, kind, create) => {
  it.each(['promise', 'observable'])('waits for a handler that returns: %s', async (event) => {
    const app = await create([gateway(kind)], { providers: [Work] });
    const [work, maintenance] = [app.get(Work), app.get(MaintenanceService)];
    const client = await kind.connect(app, 'work');
    client.send(event);
    await until('the message is handled', () => work.begun === 1);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 1 });
    const settled: string[] = [];
    const enabled = maintenance.enable({ drain: { timeoutMs: 60_000 } }).then(() => settled.push('enabled'));
    await until('maintenance', () => maintenance.isActive());
    settled.push('ending');
    work.end();
    await enabled;
    expect(settled).toEqual(['ending', 'enabled']);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: true, remaining: 0 });
  });

  it.each([
    ['drain', { drained: true, remaining: 0 }],
    ['enable', 'active'],
  ])('does not wait for the handler that calls it, by its client: %s', async (event, data) => {
    const app = await create([gateway(kind)], { providers: [Work] });
    const work = app.get(Work);
    const [worker, caller] = [await kind.connect(app, 'work'), await kind.connect(app, 'work')];
    worker.send('promise');
    await until('the message is handled', () => work.begun === 1);
    caller.send(event);
    if (event === 'enable') await until('maintenance', () => app.get(MaintenanceService).isActive());
    expect(caller.unread()).toEqual([]);
    work.end();
    expect(await caller.next()).toEqual({ event, data });
  });

  it('does not wait for other messages of the client that it is given', async () => {
    const app = await create([gateway(kind)], { providers: [Work] });
    const client = await kind.connect(app, 'work');
    client.send('promise');
    await until('the message is handled', () => app.get(Work).begun === 1);
    client.send('drain');
    expect(await client.next()).toEqual({ event: 'drain', data: { drained: true, remaining: 0 } });
    app.get(Work).end();
  });
});
