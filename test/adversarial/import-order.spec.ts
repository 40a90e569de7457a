import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type Type,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { type DynamicModule } from '@nestjs/common';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { everywhere } from './layouts.js';
import { addRawRoute, answering } from './raw-parts.js';
import { ClosedController, OffController } from './routes.js';

@Module({ controllers: [OffController, ClosedController] })
class RoutesModule {}

@Module({})
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(answering(200, 'middleware')).forRoutes('middleware');
  }
}

/** Refuses those who ask to be refused. */
class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    if (headers['x-refuse'] !== undefined) throw new UnauthorizedException();
    return true;
  }
}

@Module({ providers: [{ provide: APP_GUARD, useClass: Guard }] })
class GuardModule {}

@Module({})
class FeatureModule {
  static with(maintenance: DynamicModule): DynamicModule {
    return { module: FeatureModule, imports: [maintenance] };
  }
}

const OTHERS: readonly Type[] = [GuardModule, MiddlewareModule, RoutesModule];

const ORDERS: readonly (readonly [
  name: string,
  imports: (module: DynamicModule) => (Type | DynamicModule)[],
])[] = [
  ['first', (module) => [module, ...OTHERS]],
  ['last', (module) => [...OTHERS, module]],
  ['in the middle', (module) => [GuardModule, module, MiddlewareModule, RoutesModule]],
  ['in a feature module, first', (module) => [FeatureModule.with(module), ...OTHERS]],
  ['in a feature module, last', (module) => [...OTHERS, FeatureModule.with(module)]],
];

afterEach(closeApps);

describe.each(everywhere)('Wherever the module is imported, on %s,', (_, { base, moduleBase, createApp }) => {
  const requests: [method: string, path: string, headers: Record<string, string>][] = [
    ['GET', '/off', {}],
    ['GET', '/off', { 'X-Refuse': 'yes' }],
    ['HEAD', '/off', {}],
    ['GET', '/closed', {}],
    ['GET', '/closed', { 'X-Refuse': 'yes' }],
    ['POST', '/closed', { 'Content-Length': '0' }],
    ['PUT', '/closed', {}],
    ['GET', '/closed', { Accept: 'text/html' }],
    ['GET', '/closed', { 'X-Forwarded-For': '10.0.0.1' }],
    ['GET', '/nowhere', {}],
    ['GET', `!${moduleBase}/maintenance-mode`, {}],
    ['GET', `!${moduleBase}/maintenance-mode/on`, {}],
    ['GET', '!/middleware', {}],
    ['GET', '!/raw', {}],
    ['GET', '!/used', {}],
    ['GET', '!/', {}],
    ['GET', '!/public/x', {}],
  ];

  it('the answers are the same', async () => {
    const tables = new Map<string, string[]>();
    for (const [name, imports] of ORDERS) {
      const options = { storage: new MemoryStorage(), ignore: { urls: ['/public'] } };
      const { port, get } = await createApp({
        maintenance: null,
        imports: imports(MaintenanceModule.forRoot(options)),
        configure: (app) => {
          app.use('/used', answering(200, 'used'));
          addRawRoute(app, '/raw', 'raw');
        },
      });
      await get(MaintenanceService).enable();
      const table: string[] = [];
      for (const [method, path, headers] of requests) {
        const target = path.startsWith('!') ? path.slice(1) : `${base}${path}`;
        const answer = await rawRequest(port, target, headers, method);
        const { connection: _connection, date: _date, 'keep-alive': _keepAlive, ...stable } = answer.headers;
        table.push(JSON.stringify({ method, path, sent: headers, ...answer, headers: stable }));
      }
      tables.set(name, table);
      await closeApps();
    }
    const [expected, ...others] = [...tables.values()];
    for (const table of others) expect(table).toEqual(expected);
    const statuses = expected?.map((line) => (JSON.parse(line) as { status: number }).status);
    const ofRoutes = [200, 401, 200, 503, 503, 503, 503, 503, 503, 503];
    const ofToggleRoutes = [200, 403];
    const ofOthers = [503, 503, 503, 503, 404];
    expect(statuses).toEqual([...ofRoutes, ...ofToggleRoutes, ...ofOthers]);
  });
});
