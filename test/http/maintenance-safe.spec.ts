import { afterEach, describe, expect, it } from '@jest/globals';
import {
  All,
  Controller,
  Delete,
  Get,
  HttpCode,
  type INestApplication,
  Next,
  Options,
  Post,
  Put,
  Sse,
  Version,
  VersioningType,
} from '@nestjs/common';
import { NEVER, type Observable, startWith } from 'rxjs';
import request from 'supertest';
import {
  MaintenanceOff,
  MaintenanceOn,
  MaintenanceOptionsError,
  MaintenanceSafe,
  MaintenanceScope,
  MaintenanceService,
} from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

@Controller('shop')
class ShopController {
  @Post('search')
  @HttpCode(200)
  @MaintenanceSafe()
  search(): string {
    return 'found';
  }

  @Post('order')
  @HttpCode(200)
  order(): string {
    return 'ordered';
  }

  @Get('callback')
  @MaintenanceSafe(false)
  callback(): string {
    return 'signed in';
  }

  @Options('callback')
  @MaintenanceSafe(false)
  options(): string {
    return 'written';
  }

  @All('any')
  @MaintenanceSafe(false)
  any(): string {
    return 'written';
  }

  @All('every')
  @HttpCode(200)
  @MaintenanceSafe(true)
  every(): string {
    return 'read';
  }

  @Get(':page')
  page(): string {
    return 'page';
  }

  @Delete(':page')
  remove(): string {
    return 'removed';
  }
}

@Controller('safe')
@MaintenanceSafe()
class SafeController {
  @Post()
  @HttpCode(200)
  read(): string {
    return 'read';
  }

  @Put()
  @MaintenanceSafe(false)
  write(): string {
    return 'written';
  }
}

@Controller('inherited')
class InheritedController extends SafeController {}

@Controller('unsafe')
@MaintenanceSafe(false)
class UnsafeController {
  @Get()
  write(): string {
    return 'written';
  }

  @Get('read')
  @MaintenanceSafe()
  read(): string {
    return 'read';
  }
}

@Controller('reads')
class SubclassController extends UnsafeController {}

@Controller('rereads')
@MaintenanceSafe(true)
class ReadingSubclassController extends UnsafeController {}

@Controller('billing')
@MaintenanceScope('billing')
class BillingController {
  @Post('search')
  @HttpCode(200)
  @MaintenanceSafe()
  search(): string {
    return 'found';
  }

  @Get('callback')
  @MaintenanceSafe(false)
  callback(): string {
    return 'written';
  }

  @Post('on')
  @MaintenanceOn()
  @MaintenanceSafe()
  on(): string {
    return 'closed';
  }

  @Get('off')
  @MaintenanceOff()
  @MaintenanceSafe(false)
  off(): string {
    return 'open';
  }
}

const controllers = [
  ShopController,
  SafeController,
  InheritedController,
  UnsafeController,
  SubclassController,
  ReadingSubclassController,
  BillingController,
];

type Method = 'get' | 'head' | 'options' | 'post' | 'put' | 'delete';

describe.each(platforms)('@MaintenanceSafe on %s', (platform, createApp) => {
  it.each<[method: Method, path: string, readOnly: number]>([
    ['post', '/shop/search', 200],
    ['post', '/shop/search?q=a', 200],
    ['post', '/shop/order', 503],
    ['get', '/shop/callback', 503],
    ['get', '/shop/callback?code=1', 503],
    ['head', '/shop/callback', 503],
    ['options', '/shop/callback', 503],
    ['get', '/shop/any', 503],
    ['head', '/shop/any', 503],
    ['post', '/shop/any', 503],
    ['get', '/shop/every', 200],
    ['post', '/shop/every', 200],
    ['delete', '/shop/every', 200],
    ['get', '/shop/search', 200], // of another handler
    ['delete', '/shop/search', 503],
    ['post', '/safe', 200], // as its class
    ['put', '/safe', 503], // a handler overrides its class
    ['post', '/inherited', 200],
    ['put', '/inherited', 503],
    ['get', '/unsafe', 503],
    ['get', '/unsafe/read', 200],
    ['get', '/reads', 503],
    ['get', '/reads/read', 200],
    ['get', '/rereads', 200], // a subclass overrides
    ['post', '/billing/search', 200],
    ['get', '/billing/callback', 503],
    ['post', '/billing/on', 503],
    ['get', '/billing/off', 200],
    ['post', '/nowhere', 503],
  ])('decides about %s %s in read-only maintenance: %i', async (method, path, readOnly) => {
    const { url, get } = await createApp({ controllers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const during = await request(url)[method](path);
    expect({ status: during.status, mode: during.headers['maintenance-mode'] }).toEqual(
      readOnly === 200 ? { status: 200, mode: undefined } : { status: 503, mode: 'read-only' },
    );
    await get(MaintenanceService).enable({ mode: 'full' });
    const inFull = await request(url)[method](path);
    expect(inFull.status).toBe(path === '/billing/off' ? 200 : 503);
    await get(MaintenanceService).disable();
    const after = await request(url)[method](path);
    expect(after.status).not.toBe(path === '/billing/on' ? 200 : 503);
  });

  it('decides in a scope that is read-only, and changes nothing in a scope that is not', async () => {
    const { url, get } = await createApp({ controllers });
    const maintenance = get(MaintenanceService);
    await maintenance.enable({ scope: 'billing', mode: 'read-only' });
    await request(url).post('/billing/search').expect(200);
    await request(url).get('/billing/callback').expect(503);
    await request(url).get('/shop/callback').expect(200);
    await maintenance.enable({ scope: 'billing' });
    await request(url).post('/billing/search').expect(503);
    // The application is read-only, and the scope is closed.
    await maintenance.enable({ mode: 'read-only' });
    await request(url).post('/billing/search').expect(503);
    await request(url).post('/shop/search').expect(200);
  });

  it('takes what is exempt anyway for exempt', async () => {
    const { url, get } = await createApp({ controllers, options: { ignore: { urls: ['/shop'] } } });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await request(url).get('/shop/callback').expect(200, 'signed in');
    await request(url).get('/unsafe').expect(503);
  });

  it('answers in full maintenance before a body is read, as for other handlers', async () => {
    const { url, get } = await createApp({ controllers });
    const malformed = () =>
      request(url).post('/shop/search').set('Content-Type', 'application/json').send('{"a":');
    await get(MaintenanceService).enable();
    await malformed().expect(503);
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await malformed().expect(400);
  });

  it('blocks a GET that writes before middleware runs', async () => {
    let seen = 0;
    const { url, get } = await createApp({
      controllers: [ShopController, UnsafeController],
      configure: (app) =>
        void app.use((_: unknown, __: unknown, next: () => void) => {
          seen += 1;
          next();
        }),
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    if (platform === 'express') {
      // There `:page` matches as well, so the guard decides.
      await request(url).get('/shop/callback').expect(503);
      expect(seen).toBe(1);
    }
    seen = 0;
    await request(url).get('/unsafe').expect(503);
    expect(seen).toBe(0);
    await request(url).get('/unsafe/read').expect(200);
    expect(seen).toBe(1);
  });

  it('knows the versions of a route apart', async () => {
    @Controller('versions')
    class VersionsController {
      @Get()
      @Version('1')
      @MaintenanceSafe(false)
      one(): string {
        return 'written';
      }

      @Get()
      @Version('2')
      two(): string {
        return 'read';
      }
    }
    const { url, get } = await createApp({
      controllers: [VersionsController],
      configure: (app: INestApplication) =>
        void app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await request(url).get('/versions').set('X-Version', '1').expect(503);
    await request(url).get('/versions').set('X-Version', '2').expect(200, 'read');
  });

  it('waits for users whom only guards know', async () => {
    const { url, get } = await createApp({
      controllers,
      options: { ignore: { superusers: true } },
      configure: (app) =>
        app.useGlobalGuards({
          canActivate: (context) => {
            const asked = context
              .switchToHttp()
              .getRequest<{ headers: Record<string, string>; user?: object }>();
            if (asked.headers['x-user'] === 'root') asked.user = { isSuperuser: true };
            return true;
          },
        }) as never,
    });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await request(url).get('/unsafe').expect(503);
    await request(url).get('/unsafe').set('X-User', 'root').expect(200);
    await request(url).post('/safe').expect(200);
    await request(url).put('/safe').expect(503);
    await request(url).put('/safe').set('X-User', 'root').expect(200);
  });

  it('ends a stream of a handler that writes when read-only maintenance begins, and no other', async () => {
    @Controller('streams')
    class StreamsController {
      @Sse('reads')
      reads(): Observable<{ data: string }> {
        return NEVER.pipe(startWith({ data: 'tick' }));
      }

      @Sse('writes')
      @MaintenanceSafe(false)
      writes(): Observable<{ data: string }> {
        return NEVER.pipe(startWith({ data: 'tick' }));
      }
    }
    const { url, get } = await createApp({
      controllers: [StreamsController],
      options: { close: { eventStreams: true } },
    });
    const abort = new AbortController();
    const open = async (path: string): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
      const { body } = await fetch(`${url}/streams/${path}`, { signal: abort.signal });
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      return reader;
    };
    const reads = await open('reads');
    const writes = await open('writes');
    await get(MaintenanceService).enable({ mode: 'read-only' });
    let text = '';
    for (let part = await writes.read(); !part.done; part = await writes.read())
      text += Buffer.from(part.value).toString();
    expect(text).toContain('event: maintenance');
    const next = reads.read().catch(() => 'aborted');
    abort.abort();
    expect(await next).toBe('aborted');
  });
});

describe.each(platforms.filter(([name]) => name === 'express'))(
  '@MaintenanceSafe on %s, with handlers that call next()',
  (_, createApp) => {
    it('opens nothing behind a safe handler', async () => {
      @Controller('chain')
      class ChainController {
        @Post(['passes', 'ends', 'goes-on'])
        @MaintenanceSafe()
        first(@Next() next: () => void): void {
          next();
        }

        @Post('passes')
        @HttpCode(200)
        @MaintenanceSafe()
        second(): string {
          return 'second';
        }

        @Post('goes-on')
        writes(): string {
          return 'written';
        }
      }
      const { url, get } = await createApp({ controllers: [ChainController] });
      await get(MaintenanceService).enable({ mode: 'read-only' });
      await request(url).post('/chain/passes').expect(200, 'second');
      await request(url).post('/chain/goes-on').expect(503);
      await request(url).post('/chain/ends').expect(404);
    });
  },
);

function decorate(): void {
  MaintenanceSafe('no' as unknown as boolean)(SafeController);
}

describe('The argument of @MaintenanceSafe', () => {
  it('is a boolean', () => {
    expect(decorate).toThrow(MaintenanceOptionsError);
    expect(decorate).toThrow('@MaintenanceSafe: expected true or false, got "no"');
  });
});
