import { afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from '../../lib/index.js';
import { closeApps, platforms } from '../support/platforms.js';

describe('Without HTTP', () => {
  it('an application context boots, turns maintenance on and off, and closes', async () => {
    @Module({ imports: [MaintenanceModule.forRoot({ storage: new MemoryStorage() })] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    const maintenance = app.get(MaintenanceService);
    await expect(maintenance.enable({ reason: 'Why' })).resolves.toMatchObject({
      state: 'active',
      reason: 'Why',
    });
    expect(maintenance.isActive()).toBe(true);
    await expect(maintenance.disable()).resolves.toMatchObject({ state: 'off' });
    await app.close();
  });

  it('a testing module that is compiled and never initialized knows the stored state', async () => {
    const storage = new MemoryStorage();
    await storage.write('1');
    const imports = [MaintenanceModule.forRoot({ storage })];
    const testing = await Test.createTestingModule({ imports }).compile();
    expect(testing.get(MaintenanceService).isActive()).toBe(true);
    await testing.close();
  });
});

describe.each(platforms)('An application on %s', (_, createApp) => {
  afterEach(closeApps);

  it('can be closed twice', async () => {
    const { app, get } = await createApp();
    await get(MaintenanceService).enable();
    await app.close();
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('completes the events and lets go of the storage when it closes', async () => {
    class ClosingStorage extends MemoryStorage {
      closed = 0;
      watching = 0;

      override async watch(onChange: () => void): Promise<() => Promise<void>> {
        const stop = await super.watch(onChange);
        this.watching += 1;
        return async () => {
          this.watching -= 1;
          await stop();
        };
      }

      async close(): Promise<void> {
        this.closed += 1;
      }
    }
    const storage = new ClosingStorage();
    const { app, get } = await createApp({ options: { storage } });
    let completed = false;
    get(MaintenanceService).events.subscribe({ complete: () => (completed = true) });
    expect(storage).toMatchObject({ closed: 0, watching: 1 });
    await app.close();
    expect(storage).toMatchObject({ closed: 1, watching: 0 });
    expect(completed).toBe(true);
  });
});
