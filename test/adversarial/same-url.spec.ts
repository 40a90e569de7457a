import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Delete,
  Get,
  Head,
  Module,
  Post,
  RequestMethod,
  Version,
  VersioningType,
  type VersioningOptions,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { ClosedController, OffController } from './routes.js';

@Controller('by-method')
class ByMethodController {
  @Head()
  @MaintenanceOff()
  head(): void {}

  @Get()
  get(): string {
    return 'get';
  }

  @Post()
  @MaintenanceOff()
  post(): string {
    return 'post';
  }

  @Delete()
  @MaintenanceOn()
  delete(): string {
    return 'delete';
  }
}

@Controller({ path: 'by-host', host: 'admin.example.com' })
@MaintenanceOff()
class AdminHostController {
  @Get()
  get(): string {
    return 'admin';
  }
}

@Controller('by-host')
class AnyHostController {
  @Get()
  get(): string {
    return 'any';
  }
}

@Controller('by-version')
class ByVersionController {
  @Get()
  @Version('1')
  one(): string {
    return 'one';
  }

  @Get()
  @Version('2')
  @MaintenanceOff()
  two(): string {
    return 'two';
  }

  @Get()
  @Version('3')
  @MaintenanceScope('billing')
  three(): string {
    return 'three';
  }
}

@Module({ controllers: [OffController, ClosedController] })
class NestedModule {}

afterEach(closeApps);

describe.each(everywhere)('One URL with several decorators, on %s,', (_, { platform, base, createApp }) => {
  it('by method, follows the handler of the method', async () => {
    const { port, get } = await createApp({ controllers: [ByMethodController] });
    const ask = (method: string) => rawRequest(port, `${base}/by-method`, { 'Content-Length': '0' }, method);
    // Always closed, whatever the state.
    expectBlocked(await ask('DELETE'));
    expect(await ask('GET')).toMatchObject({ status: 200, body: 'get' });
    await get(MaintenanceService).enable();
    expect(await ask('HEAD')).toMatchObject({ status: 200 });
    expect(await ask('POST')).toMatchObject({ status: 201, body: 'post' });
    for (const method of ['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']) expectBlocked(await ask(method));
  });

  it('by host, follows the handler of the host', async () => {
    // Fastify has one handler for a method and path: there it is that of this host or none.
    const controllers = [AdminHostController, ...(platform === 'express' ? [AnyHostController] : [])];
    const { port, get } = await createApp({ controllers, trustProxy: true });
    const ask = (headers: Record<string, string>) => rawRequest(port, `${base}/by-host`, headers);
    const others = [
      'example.com',
      'admin.example.com.evil.example',
      'x.admin.example.com',
      'admin.example.comx',
      '',
    ];
    expect(await ask({ Host: 'admin.example.com' })).toMatchObject({ status: 200, body: 'admin' });
    for (const Host of others) expect((await ask({ Host })).body).not.toBe('admin');
    await get(MaintenanceService).enable();
    expect(await ask({ Host: 'admin.example.com' })).toMatchObject({ status: 200, body: 'admin' });
    for (const Host of others) expectBlocked(await ask({ Host }));
    expectBlocked(await ask({ Host: 'admin.example.com', 'X-Forwarded-Host': 'example.com' }));
  });

  it('beneath RouterModule, follows the handlers there', async () => {
    const { port, get } = await createApp({
      imports: [NestedModule, RouterModule.register([{ path: 'nested', module: NestedModule }])],
    });
    for (const path of ['off', 'closed']) {
      expect(await rawRequest(port, `${base}/nested/${path}`)).toMatchObject({ status: 200, body: path });
    }
    await get(MaintenanceService).enable();
    expect(await rawRequest(port, `${base}/nested/off`)).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await rawRequest(port, `${base}/nested/closed`));
    expectBlocked(await rawRequest(port, `${base}/off`));
    expectBlocked(await rawRequest(port, `${base}/nested`));
  });
});

describe.each(platforms)('One URL with several decorators, on %s,', (_, createApp) => {
  it.each<
    [string, VersioningOptions, (version: string) => { path: string; headers: Record<string, string> }]
  >([
    [
      'the URI',
      { type: VersioningType.URI },
      (version) => ({ path: `/v${version}/by-version`, headers: {} }),
    ],
    [
      'a header',
      { type: VersioningType.HEADER, header: 'X-Version' },
      (version) => ({ path: '/by-version', headers: { 'X-Version': version } }),
    ],
    [
      'the media type',
      { type: VersioningType.MEDIA_TYPE, key: 'v=' },
      (version) => ({ path: '/by-version', headers: { Accept: `application/json;v=${version}` } }),
    ],
    [
      'a function',
      {
        type: VersioningType.CUSTOM,
        extractor: (request: unknown) => {
          const { headers } = request as { headers: Record<string, string | undefined> };
          return headers['x-custom'] ?? '';
        },
      },
      (version) => ({ path: '/by-version', headers: { 'X-Custom': version } }),
    ],
  ])('by the version in %s, follows the handler of the version', async (__, versioning, at) => {
    const { port, get } = await createApp({
      controllers: [ByVersionController],
      configure: (app) => void app.enableVersioning(versioning),
    });
    const ask = (version: string) => {
      const { path, headers } = at(version);
      return rawRequest(port, path, headers);
    };
    for (const [version, body] of Object.entries({ 1: 'one', 2: 'two', 3: 'three' })) {
      expect(await ask(version)).toMatchObject({ status: 200, body });
    }
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect(await ask('1')).toMatchObject({ status: 200, body: 'one' });
    expect((await ask('3')).status).toBe(503);
    await get(MaintenanceService).enable();
    expect(await ask('2')).toMatchObject({ status: 200, body: 'two' });
    for (const version of ['1', '3', '4', '02', '1,2', 'constructor']) expectBlocked(await ask(version));
    expectBlocked(await rawRequest(port, '/by-version'));
  });

  it('excluded from the global prefix for one method, follows the handler that is reached', async () => {
    const exclude = [{ path: 'by-method', method: RequestMethod.GET }];
    const { port, get } = await createApp({
      controllers: [ByMethodController, OffController],
      configure: (app) => void app.setGlobalPrefix('api', { exclude: [...exclude, 'off'] }),
    });
    const ask = (path: string, method: string) => rawRequest(port, path, { 'Content-Length': '0' }, method);
    expect(await ask('/by-method', 'GET')).toMatchObject({ status: 200, body: 'get' });
    await get(MaintenanceService).enable();
    expect(await ask('/off', 'GET')).toMatchObject({ status: 200, body: 'off' });
    expectBlocked(await ask('/api/off', 'GET'));
    expect(await ask('/api/by-method', 'POST')).toMatchObject({ status: 201, body: 'post' });
    expectBlocked(await ask('/by-method', 'POST'));
    expectBlocked(await ask('/by-method', 'GET'));
    expectBlocked(await ask('/api/by-method', 'GET'));
  });
});
