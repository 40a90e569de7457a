import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { Field, Mutation, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, type WsResponse } from '@nestjs/websockets';
import {
  MaintenanceSafe,
  MaintenanceScope,
  MaintenanceService,
  PauseDuringMaintenance,
} from '../../lib/index.js';
import { codes } from '../support/graphql-codes.js';
import { graphqlServers, post } from '../support/graphql.js';
import { closeMicroservices, microservices } from '../support/microservices.js';
import { closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';
import { type Client, closeClients, gatewayAt, type SocketKind, sockets } from '../support/web-sockets.js';

/** What has run. */
let calls: string[] = [];

afterEach(async () => {
  calls = [];
  await closeClients();
  await closeApps();
  await closeMicroservices();
});

function run(name: string): string {
  calls.push(name);
  return name;
}

@ObjectType()
class Session {
  @Field()
  token!: string;
}

@Resolver(() => Session)
class SessionResolver {
  @Mutation(() => Session)
  @MaintenanceSafe()
  login(): Session {
    return { token: run('login') };
  }

  @ResolveField(() => String)
  @MaintenanceSafe()
  user(@Parent() { token }: Session): string {
    return `user of ${token}`;
  }

  @ResolveField(() => String)
  @MaintenanceSafe(false)
  renewed(): string {
    return run('renewed');
  }

  @ResolveField(() => String, { nullable: true })
  grouped(): string {
    return run('grouped');
  }

  @Mutation(() => String)
  logout(): string {
    return run('logout');
  }

  @Query(() => String)
  visit(): string {
    return run('visit');
  }

  @Query(() => String, { nullable: true })
  @MaintenanceSafe(false)
  count(): string {
    return run('count');
  }

  @Mutation(() => String, { nullable: true })
  @MaintenanceScope('billing')
  @MaintenanceSafe()
  quote(): string {
    return run('quote');
  }
}

@Resolver()
@MaintenanceSafe()
class ReadingResolver {
  @Mutation(() => String, { nullable: true })
  search(): string {
    return run('search');
  }

  @Mutation(() => String, { nullable: true })
  @MaintenanceSafe(false)
  order(): string {
    return run('order');
  }
}

/** Every client is a superuser, as only guards know. */
function identify(context: ExecutionContext): boolean {
  const { req, request, reply } =
    context.getArgByIndex<Record<string, Record<string, unknown> | undefined>>(2);
  const asked = req ?? request ?? (reply?.['request'] as Record<string, unknown> | undefined);
  if (asked) asked['user'] = { isSuperuser: true };
  return true;
}

describe.each(graphqlServers)('@MaintenanceSafe with $name', (server) => {
  const resolvers = [SessionResolver, ReadingResolver];

  it('lets mutations pass in read-only maintenance that write nothing', async () => {
    const { url, get } = await server.create({ resolvers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const { body } = await post(url, 'mutation { login { token user } search quote order }').expect(200);
    expect(codes(body)).toEqual({ order: 'MAINTENANCE' });
    expect(body.data).toEqual({
      login: { token: 'login', user: 'user of login' },
      search: 'search',
      quote: 'quote',
      order: null,
    });
    await post(url, 'mutation { logout }');
    await post(url, 'mutation { login { renewed } }');
    expect(calls).toEqual(['login', 'search', 'quote', 'login']);
  });

  it.each([
    ['', {}],
    [', compiled by the JIT of Mercurius', { mercurius: { jit: 1 } }],
  ])('does not take what is grouped beneath a safe mutation for safe%s', async (_, more) => {
    const { url, get } = await server.create({ resolvers, ...more });
    const maintenance = get(MaintenanceService);
    const ask = async () => (await post(url, 'mutation { again: login { token grouped } }').expect(200)).body;
    const passed = { data: { again: { token: 'login', grouped: 'grouped' } } };
    for (let time = 0; time < 3; time += 1) expect(await ask()).toEqual(passed);
    await maintenance.enable({ mode: 'read-only' });
    for (let time = 0; time < 3; time += 1) {
      const body = await ask();
      expect(body.data).toEqual({ again: { token: 'login', grouped: null } });
      expect(codes(body)).toEqual({ 'again.grouped': 'MAINTENANCE' });
    }
    await maintenance.disable();
    expect(await ask()).toEqual(passed);
  });

  it('lets exempt clients pass for what is grouped beneath a safe mutation', async () => {
    const guard = { canActivate: (context: ExecutionContext) => identify(context) };
    for (const options of [{ ignore: { ipAddresses: ['127.0.0.1'] } }, { ignore: { superusers: true } }]) {
      const { url, get } = await server.create({
        resolvers,
        options,
        configure: (app) => void app.useGlobalGuards(guard),
      });
      await get(MaintenanceService).enable({ mode: 'read-only' });
      const { body } = await post(url, 'mutation { login { grouped } order }').expect(200);
      expect(body).toEqual({ data: { login: { grouped: 'grouped' }, order: 'order' } });
    }
  });

  it('blocks queries that write, by POST and by GET', async () => {
    const { url, get } = await server.create({ resolvers });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const { body } = await post(url, '{ visit count }').expect(200);
    expect(body.data).toEqual({ visit: 'visit', count: null });
    expect(codes(body)).toEqual({ count: 'MAINTENANCE' });
    await fetch(`${url}/graphql?query=%7Bcount%7D`, { headers: { 'apollo-require-preflight': '1' } });
    expect(calls).toEqual(['visit']);
  });

  it('changes nothing in full maintenance, or in a scope that is closed', async () => {
    const { url, get } = await server.create({ resolvers });
    await get(MaintenanceService).enable({ scope: 'billing' });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect(codes((await post(url, 'mutation { quote }')).body)).toEqual({ quote: 'MAINTENANCE' });
    await get(MaintenanceService).enable();
    await post(url, 'mutation { search }').expect(503);
    expect(calls).toEqual([]);
  });

  it('lets exempt clients run queries that write', async () => {
    const options = { ignore: { ipAddresses: ['127.0.0.1'] } };
    const { url, get } = await server.create({ resolvers, options });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect((await post(url, '{ count }').expect(200)).body).toEqual({ data: { count: 'count' } });
  });

  it('decides with the guards of the route where only they know the user', async () => {
    const options = { ignore: { superusers: true } };
    const { url, get } = await server.create({ resolvers, options });
    await get(MaintenanceService).enable({ mode: 'read-only' });
    const { body } = await post(url, 'mutation { search order }').expect(200);
    expect(body.data).toEqual({ search: 'search', order: null });
    expect((await post(url, '{ visit count }')).body.data).toEqual({ visit: 'visit', count: null });
    expect(calls).toEqual(['search', 'visit']);
  });
});

class Handlers {
  @SubscribeMessage('read')
  @MaintenanceSafe()
  read(): WsResponse {
    return { event: 'read', data: run('read') };
  }

  @SubscribeMessage('write')
  write(): WsResponse {
    return { event: 'write', data: run('write') };
  }
}

function gateway(kind: SocketKind, name: string, ...decorators: ClassDecorator[]): Type<Handlers> {
  class Gateway extends Handlers {}
  for (const decorate of [gatewayAt(kind, name), ...decorators]) decorate(Gateway);
  return Gateway;
}

async function answer(client: Client, event: string): Promise<string> {
  client.send(event, 'hello');
  const reply = await client.next();
  return reply.event === 'exception' ? (reply.data as { code: string }).code : reply.event;
}

describe.each(sockets)('@MaintenanceSafe on messages by %s', (_, kind, createApp) => {
  it('lets those pass in read-only maintenance that write nothing', async () => {
    const app = await createApp([gateway(kind, 'chat'), gateway(kind, 'other', MaintenanceSafe())]);
    const maintenance = app.get(MaintenanceService);
    await maintenance.enable({ mode: 'read-only' });
    const chat = await kind.connect(app, 'chat');
    const other = await kind.connect(app, 'other');
    expect([await answer(chat, 'read'), await answer(chat, 'write')]).toEqual(['read', 'MAINTENANCE']);
    expect([await answer(other, 'read'), await answer(other, 'write')]).toEqual(['read', 'write']);
    await maintenance.enable();
    expect([await answer(chat, 'read'), await answer(other, 'write')]).toEqual([
      'MAINTENANCE',
      'MAINTENANCE',
    ]);
    expect(calls).toEqual(['read', 'read', 'write']);
  });
});

@Controller()
class StockController {
  @MessagePattern('count')
  @MaintenanceSafe()
  count(): string {
    return run('count');
  }

  @MessagePattern('book')
  book(): string {
    return run('book');
  }

  @EventPattern('looked')
  @MaintenanceSafe()
  looked(_data: unknown): void {
    run('looked');
  }

  @EventPattern('sold')
  sold(_data: unknown): void {
    run('sold');
  }
}

describe.each(microservices)('@MaintenanceSafe on messages to %s', (_, { start }) => {
  it('lets those pass in read-only maintenance that write nothing', async () => {
    const { maintenance, send, emit, refusal } = await start({ controllers: [StockController] });
    await maintenance.enable({ mode: 'read-only' });
    await expect(send('count')).resolves.toBe('count');
    await expect(refusal('book')).resolves.toMatchObject({ code: 'MAINTENANCE', mode: 'read-only' });
    await emit('sold');
    await emit('looked');
    await until('the event is handled', () => calls.includes('looked'));
    await maintenance.enable();
    await expect(refusal('count')).resolves.toMatchObject({ code: 'MAINTENANCE', mode: 'full' });
    expect(calls).toEqual(['count', 'looked']);
  });
});

@Injectable()
class Jobs {
  @PauseDuringMaintenance()
  @MaintenanceSafe()
  report(): string {
    return run('report');
  }

  @PauseDuringMaintenance()
  clean(): string {
    return run('clean');
  }
}

describe.each(platforms)('@MaintenanceSafe beside @PauseDuringMaintenance, on %s,', (_, createApp) => {
  it('pauses the method in full maintenance alone', async () => {
    const { get } = await createApp({ providers: [Jobs] });
    const jobs = get(Jobs);
    await get(MaintenanceService).enable({ mode: 'read-only' });
    expect([jobs.report(), jobs.clean()]).toEqual(['report', undefined]);
    await get(MaintenanceService).enable();
    expect([jobs.report(), jobs.clean()]).toEqual([undefined, undefined]);
  });
});
