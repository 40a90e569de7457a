import { afterEach, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  MAINTENANCE_STORAGE,
  MaintenanceModule,
  MaintenanceOptionsError,
  type MaintenanceRootOptions,
  MaintenanceService,
  type MaintenanceStorage,
  MemoryStorage,
} from '../../lib/index.js';

@Injectable()
class Database {
  readonly storage = new MemoryStorage();
}

@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

/** A storage with a dependency, as one over Prisma or TypeORM has. */
@Injectable()
class DatabaseStorage implements MaintenanceStorage {
  readonly name = 'database';
  readonly atomic = true;

  constructor(@Inject(Database) private readonly database: Database) {}

  read: MaintenanceStorage['read'] = () => this.database.storage.read();
  write: MaintenanceStorage['write'] = (text, expected) => this.database.storage.write(text, expected);
}

@Module({
  imports: [DatabaseModule],
  providers: [DatabaseStorage],
  exports: [DatabaseStorage],
})
class StorageModule {}

const providers = {
  useClass: { storage: { useClass: DatabaseStorage }, imports: [DatabaseModule] },
  useFactory: {
    storage: { useFactory: (database: Database) => new DatabaseStorage(database), inject: [Database] },
    imports: [DatabaseModule],
  },
  useExisting: { storage: { useExisting: DatabaseStorage }, imports: [StorageModule] },
} satisfies Record<string, MaintenanceRootOptions>;

const open: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((testing) => testing.close()));
});

async function boot(maintenance: ReturnType<typeof MaintenanceModule.forRoot>): Promise<TestingModule> {
  const testing = await Test.createTestingModule({ imports: [maintenance] }).compile();
  open.push(testing);
  return testing.init();
}

describe('The storage as a provider', () => {
  describe.each(Object.entries(providers))('with %s', (_, settings) => {
    it.each([
      ['forRoot', () => MaintenanceModule.forRoot(settings)],
      [
        'forRootAsync',
        () => MaintenanceModule.forRootAsync({ ...settings, useFactory: () => ({ unknownState: 'closed' }) }),
      ],
    ])('keeps the state that the service sets, in %s', async (__, maintenance) => {
      const testing = await boot(maintenance());
      await testing.get(MaintenanceService).enable({ reason: 'kept' });
      const stored = await testing.get(Database, { strict: false }).storage.read();
      expect(stored?.text).toContain('"kept"');
      expect(testing.get(MAINTENANCE_STORAGE)).toBeInstanceOf(DatabaseStorage);
    });
  });

  it('is the object itself if one is given beside a factory', async () => {
    const storage = new MemoryStorage();
    const testing = await boot(MaintenanceModule.forRootAsync({ storage, useFactory: () => ({}) }));
    expect(testing.get(MAINTENANCE_STORAGE)).toBe(storage);
  });

  it('is the object that a factory returns if none stands beside it', async () => {
    const storage = new MemoryStorage();
    const testing = await boot(MaintenanceModule.forRootAsync({ useFactory: () => ({ storage }) }));
    expect(testing.get(MAINTENANCE_STORAGE)).toBe(storage);
  });

  it.each([
    ['an object', { storage: new MemoryStorage() }],
    ['nothing, which means a file', {}],
    ['a class', providers.useClass],
  ])('is replaced in tests by overrideProvider where the application has %s', async (_, settings) => {
    const storage = new MemoryStorage();
    @Module({ imports: [MaintenanceModule.forRoot(settings)] })
    class AppModule {}
    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(MAINTENANCE_STORAGE)
      .useValue(storage)
      .compile();
    open.push(testing);
    await testing.init();
    await testing.get(MaintenanceService).enable();
    expect((await storage.read())?.text).toContain('"state": "on"');
  });

  it('is refused at boot beside a factory that returns another', async () => {
    const maintenance = MaintenanceModule.forRootAsync({
      storage: new MemoryStorage(),
      useFactory: () => ({ storage: new MemoryStorage() }),
    });
    await expect(boot(maintenance)).rejects.toThrow(
      'storage: it stands beside "useFactory" and in what that returns; keep one.',
    );
  });

  it.each([
    ['a class that is no storage', { useClass: Database as never }],
    ['a factory that returns nothing', { useFactory: () => null as never }],
  ])('is refused at boot if it comes from %s', async (_, storage) => {
    const error: unknown = await boot(MaintenanceModule.forRoot({ storage })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: expect.stringMatching(/^storage/) as unknown });
  });
});
