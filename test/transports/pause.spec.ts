import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type INestApplicationContext,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  Scope,
  SetMetadata,
} from '@nestjs/common';
import { ContextIdFactory, ModuleRef, NestFactory } from '@nestjs/core';
import {
  MaintenanceModule,
  MaintenanceOff,
  MaintenanceOptionsError,
  MaintenanceScope,
  MaintenanceService,
  MemoryStorage,
  PauseDuringMaintenance,
} from '../../lib/index.js';

const calls: string[] = [];

@Injectable()
class Reports {
  private readonly title = 'report';

  @PauseDuringMaintenance()
  count(first: number, second: number): number {
    calls.push(this.title);
    return first + second;
  }

  @PauseDuringMaintenance()
  async send(): Promise<string> {
    calls.push('sent');
    return 'sent';
  }

  @PauseDuringMaintenance()
  archive(): Promise<string> {
    return Promise.resolve('archived');
  }

  @PauseDuringMaintenance()
  async fail(): Promise<never> {
    throw new Error('Broken');
  }

  @PauseDuringMaintenance()
  @MaintenanceScope('billing')
  bill(): string {
    return 'billed';
  }

  @MaintenanceOff()
  @PauseDuringMaintenance()
  always(): string {
    return 'always';
  }

  plain(): string {
    return `plain ${this.count(1, 1)}`;
  }
}

const open: INestApplicationContext[] = [];

beforeEach(() => {
  calls.length = 0;
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

interface Booted {
  readonly app: INestApplicationContext;
  readonly maintenance: MaintenanceService;
}

async function boot(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  @Module(metadata)
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  open.push(app);
  return app;
}

async function bootWith(providers: ModuleMetadata['providers'] = [Reports]): Promise<Booted> {
  const imports = [MaintenanceModule.forRoot({ storage: new MemoryStorage() })];
  const app = await boot({ imports, providers });
  return { app, maintenance: app.get(MaintenanceService) };
}

function decorate(target: object): void {
  PauseDuringMaintenance()(target, 'work', Object.getOwnPropertyDescriptor(target, 'work') ?? {});
}

describe('@PauseDuringMaintenance', () => {
  it('lets calls run while maintenance is off', async () => {
    const { app } = await bootWith();
    const reports = app.get(Reports);
    expect(reports.count(1, 2)).toBe(3);
    await expect(reports.send()).resolves.toBe('sent');
    await expect(reports.fail()).rejects.toThrow('Broken');
    expect(reports.plain()).toBe('plain 2');
    expect(calls).toEqual(['report', 'sent', 'report']);
  });

  it.each(['full', 'read-only'] as const)('makes calls do nothing in %s maintenance', async (mode) => {
    const { app, maintenance } = await bootWith();
    const reports = app.get(Reports);
    await maintenance.enable({ mode });
    expect(reports.count(1, 2)).toBeUndefined();
    expect(reports.plain()).toBe('plain undefined');
    // What a caller may call `then` on stays a promise.
    const held = [reports.send(), reports.archive(), reports.fail()];
    expect(held.map((result) => result instanceof Promise)).toEqual([true, true, true]);
    await expect(Promise.all(held)).resolves.toEqual([undefined, undefined, undefined]);
    expect(calls).toEqual([]);

    await maintenance.disable();
    expect(reports.count(1, 2)).toBe(3);
    await expect(reports.archive()).resolves.toBe('archived');
  });

  it('follows the scope of the method, and of its class, and the application', async () => {
    @Injectable()
    @MaintenanceScope('billing')
    class Invoices {
      @PauseDuringMaintenance()
      write(): string {
        return 'written';
      }
    }
    const { app, maintenance } = await bootWith([Reports, Invoices]);
    const called = (): unknown[] => [app.get(Reports).bill(), app.get(Invoices).write()];
    await maintenance.enable({ scope: 'other' });
    expect(called()).toEqual(['billed', 'written']);
    await maintenance.enable({ scope: 'billing' });
    expect(called()).toEqual([undefined, undefined]);
    expect(app.get(Reports).count(1, 2)).toBe(3);
    await maintenance.disable({ scope: 'billing' });
    await maintenance.enable();
    expect(called()).toEqual([undefined, undefined]);
    expect(app.get(Reports).always()).toBe('always');
  });

  it('is inherited, and not by a method that replaces the one that has it', async () => {
    @Injectable()
    class Heir extends Reports {
      override bill(): string {
        return `${super.bill()} by an heir`;
      }
    }
    const { app, maintenance } = await bootWith([Heir]);
    await maintenance.enable();
    const heir = app.get(Heir);
    expect(heir.count(1, 2)).toBeUndefined();
    expect(heir.bill()).toBe('undefined by an heir');
  });

  it('keeps the name, the parameters and the metadata of the method, above it and below', async () => {
    const given = { first: true };
    @Injectable()
    class Named {
      @SetMetadata('above', given)
      @PauseDuringMaintenance()
      @SetMetadata('below', given)
      work(_first: number, _second: string): boolean {
        return true;
      }
    }
    const { app } = await bootWith([Named]);
    const work = Reflect.get(app.get(Named), 'work') as () => boolean;
    expect([work.name, work.length]).toEqual(['work', 2]);
    expect(Reflect.getMetadata('above', work)).toBe(given);
    expect(Reflect.getMetadata('below', work)).toBe(given);
    expect(Reflect.getMetadata('design:paramtypes', Named.prototype, 'work')).toEqual([Number, String]);
    expect(Object.keys(app.get(Named))).toEqual([]);
  });

  it('tells two applications of one process apart', async () => {
    const first = await bootWith();
    const second = await bootWith();
    await first.maintenance.enable();
    expect(first.app.get(Reports).count(1, 2)).toBeUndefined();
    expect(second.app.get(Reports).count(1, 2)).toBe(3);
    await first.maintenance.disable();
    await second.maintenance.enable();
    expect(first.app.get(Reports).count(1, 2)).toBe(3);
    expect(second.app.get(Reports).count(1, 2)).toBeUndefined();
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])(
    'tells them apart with providers of scope %i too',
    async (scope) => {
      @Injectable({ scope })
      class Scoped extends Reports {
        @Inject() readonly moduleRef!: ModuleRef;
      }
      const first = await bootWith([Scoped]);
      const second = await bootWith([Scoped]);
      await first.maintenance.enable();
      const counted = async ({ app }: Booted): Promise<unknown> => {
        const scoped = await app.resolve(Scoped, ContextIdFactory.create());
        expect(scoped.moduleRef).toBeInstanceOf(ModuleRef);
        return scoped.count(1, 2);
      };
      await expect(counted(first)).resolves.toBeUndefined();
      await expect(counted(second)).resolves.toBe(3);
    },
  );

  it('reaches what a factory has made, and what is given as a value', async () => {
    const refusing = new Proxy(
      {},
      {
        has: (_target, name) => {
          throw new Error(`Nobody may ask for ${String(name)}.`);
        },
      },
    );
    const { app, maintenance } = await bootWith([
      { provide: 'proxy', useFactory: () => refusing },
      { provide: 'factory', useFactory: () => new Reports() },
      { provide: 'value', useValue: new Reports() },
    ]);
    await app.init();
    await maintenance.enable();
    expect(app.get<Reports>('factory').count(1, 2)).toBeUndefined();
    expect(app.get<Reports>('value').count(1, 2)).toBeUndefined();
  });

  it('of an instance that two applications share follows the one that was started last', async () => {
    const shared = { provide: 'shared', useValue: new Reports() };
    const [first, second] = [await bootWith([shared]), await bootWith([shared])];
    const reports = first.app.get<Reports>('shared');
    await first.maintenance.enable();
    expect(reports.count(1, 2)).toBe(3);
    await second.maintenance.enable();
    expect(reports.count(1, 2)).toBeUndefined();
    await first.maintenance.disable();
    expect(reports.count(1, 2)).toBeUndefined();
    await second.maintenance.disable();
    expect(reports.count(1, 2)).toBe(3);
  });

  it('lets calls run in an application without the maintenance module, and without an application', async () => {
    const app = await boot({ providers: [Reports] });
    expect(app.get(Reports).count(1, 2)).toBe(3);
    expect(new Reports().count(1, 2)).toBe(3);
  });

  it('writes one line for each method and maintenance', async () => {
    const lines: string[] = [];
    const log = (message: unknown): void => void lines.push(String(message));
    const { app, maintenance } = await bootWith();
    app.useLogger({ log, warn: log, error: log });
    const held = (): string[] => lines.filter((line) => line.includes('held back'));
    await maintenance.enable();
    for (let call = 0; call < 5; call += 1) app.get(Reports).count(1, call);
    await app.get(Reports).send();
    const once = [
      'Reports.count() is held back during maintenance.',
      'Reports.send() is held back during maintenance.',
    ];
    expect(held()).toEqual(once);
    await maintenance.disable();
    await maintenance.enable();
    app.get(Reports).count(1, 2);
    expect(held()).toEqual([...once, once[0]]);
  });

  it('is refused if it could do nothing', () => {
    class Wrong {
      static work(): void {}

      get work(): number {
        return 1;
      }
    }
    expect(() => decorate(Wrong)).toThrow(MaintenanceOptionsError);
    expect(() => decorate(Wrong.prototype)).toThrow(
      '@PauseDuringMaintenance: it belongs on a method of a provider.',
    );
  });
});
