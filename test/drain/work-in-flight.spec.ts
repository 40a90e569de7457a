import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Controller, Get, Injectable, Post, Req, Res, UseGuards } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';
import { until } from '../support/until.js';

/** Steps of handlers that wait until the test lets them go on. */
class Gates {
  readonly arrived: string[] = [];
  readonly #open = new Map<string, () => void>();

  wait(name: string): Promise<void> {
    return new Promise((resolve) => {
      this.#open.set(name, resolve);
      this.arrived.push(name);
    });
  }

  open(name: string): void {
    this.#open.get(name)?.();
  }
}

let gates = new Gates();

@Injectable()
class SlowGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    await gates.wait('guard');
    return true;
  }
}

interface AnyResponse {
  raw?: { write(text: string): void; end(): void };
  write(text: string): void;
  end(): void;
}

@Controller()
class WorkController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Get('handler')
  async handler(): Promise<string> {
    await gates.wait('handler');
    return 'done';
  }

  @Get('guarded')
  @UseGuards(SlowGuard)
  async guarded(): Promise<string> {
    await gates.wait('guarded');
    return 'done';
  }

  @Get('stream')
  async stream(@Res() response: AnyResponse): Promise<void> {
    const raw = response.raw ?? response;
    raw.write('first');
    void gates.wait('stream').then(() => raw.end());
  }

  /** Answers by itself, and works on. */
  @Get('answered')
  async answered(@Res() response: { send(body: string): void }): Promise<void> {
    response.send('answered');
    await gates.wait('answered');
  }

  @Get('quick')
  @MaintenanceOff()
  quick(): string {
    return 'quick';
  }

  @Post('migrate')
  async migrate(@Req() request: object): Promise<unknown> {
    gates.arrived.push('migrate');
    return this.maintenance.drained({ timeoutMs: 60_000, except: request });
  }
}

const controllers = [WorkController];

/** Sends a request and resolves when its handler has arrived at its gate. */
async function inFlight(
  { port }: TestApp,
  path: string,
  name = path.slice(1),
): Promise<ReturnType<typeof httpRequest>> {
  const request = httpRequest({ port, host: '127.0.0.1', path });
  request.on('error', () => undefined).on('response', (response) => response.resume());
  request.end();
  await until(`${path} arrives`, () => gates.arrived.includes(name));
  return request;
}

const ONE_LEFT = { drained: false, remaining: 1 };
const NOTHING_LEFT = { drained: true, remaining: 0 };

afterEach(async () => {
  for (const name of gates.arrived) gates.open(name);
  gates = new Gates();
  await closeApps();
});

describe.each(platforms)('Work in flight on %s', (_, createApp) => {
  it('is waited for until the handler has ended', async () => {
    const app = await createApp({ controllers });
    await inFlight(app, '/handler');
    const maintenance = app.get(MaintenanceService);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    const drained = maintenance.drained();
    gates.open('handler');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('continues after the client has gone away', async () => {
    const app = await createApp({ controllers });
    const request = await inFlight(app, '/handler');
    const closed = new Promise((resolve) => request.once('close', resolve));
    request.destroy();
    await closed;
    const maintenance = app.get(MaintenanceService);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    const drained = maintenance.drained();
    gates.open('handler');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it.each(['stays open', 'has had other requests', 'is closed'])(
    'includes a handler that works on after its answer, whose connection %s',
    async (connection) => {
      const app = await createApp({ controllers });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const get = async (path: string): Promise<string> => {
        const [response] = (await once(httpRequest(app.url + path, { agent }).end(), 'response')) as [
          Readable,
        ];
        return text(response);
      };
      expect(await get('/answered')).toBe('answered');
      if (connection === 'has had other requests') for (let n = 0; n < 3; n += 1) await get('/quick');
      if (connection === 'is closed') agent.destroy();
      const maintenance = app.get(MaintenanceService);
      expect(await maintenance.drained({ timeoutMs: 50 })).toEqual(ONE_LEFT);
      const drained = maintenance.drained();
      gates.open('answered');
      expect(await drained).toEqual(NOTHING_LEFT);
      agent.destroy();
    },
  );

  it('has begun when the request is past our guard', async () => {
    const app = await createApp({ controllers });
    await inFlight(app, '/guarded', 'guard');
    const maintenance = app.get(MaintenanceService);
    await maintenance.enable();
    const drained = maintenance.drained();
    gates.open('guard');
    await until('the handler begins', () => gates.arrived.includes('guarded'));
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    gates.open('guarded');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('includes a response that is still being sent', async () => {
    const app = await createApp({ controllers });
    await inFlight(app, '/stream');
    const maintenance = app.get(MaintenanceService);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    const drained = maintenance.drained();
    gates.open('stream');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('includes what no handler of Nest serves', async () => {
    const app = await createApp({
      configure: (nest) =>
        void nest.use('/raw', (__: unknown, response: AnyResponse) => {
          void gates.wait('raw').then(() => response.end());
        }),
    });
    await inFlight(app, '/raw');
    const maintenance = app.get(MaintenanceService);
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual(ONE_LEFT);
    const drained = maintenance.drained();
    gates.open('raw');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('is told of when the time runs out', async () => {
    const app = await createApp({ controllers });
    for (const path of ['/handler', '/stream']) await inFlight(app, path);
    const maintenance = app.get(MaintenanceService);
    void maintenance.trackWork(gates.wait('job'));
    expect(await maintenance.drained({ timeoutMs: 20 })).toEqual({ drained: false, remaining: 3 });
    gates.open('job');
    gates.open('stream');
    const drained = maintenance.drained();
    gates.open('handler');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('does not include what comes later', async () => {
    const app = await createApp({ controllers });
    await inFlight(app, '/handler');
    const drained = app.get(MaintenanceService).drained();
    await inFlight(app, '/stream');
    gates.open('handler');
    expect(await drained).toEqual(NOTHING_LEFT);
  });

  it('is nothing in an idle application, with open connections', async () => {
    const app = await createApp({ controllers });
    expect(await (await fetch(`${app.url}/quick`)).text()).toBe('quick');
    expect(await app.get(MaintenanceService).drained()).toEqual(NOTHING_LEFT);
  });

  it('never includes the caller', async () => {
    const app = await createApp({ controllers });
    const answer = await fetch(`${app.url}/migrate`, { method: 'POST' });
    expect(await answer.json()).toEqual(NOTHING_LEFT);
  });

  it('does not include others who wait', async () => {
    const app = await createApp({ controllers });
    await inFlight(app, '/handler');
    const answers = [1, 2, 3].map(() => fetch(`${app.url}/migrate`, { method: 'POST' }));
    await until('all three wait', () => gates.arrived.filter((name) => name === 'migrate').length === 3);
    gates.open('handler');
    for (const answer of await Promise.all(answers)) {
      expect(await answer.json()).toEqual(NOTHING_LEFT);
    }
  });
});
