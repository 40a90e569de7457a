import { Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MaintenanceModule } from '../../lib/index.js';
import { runBuilt } from '../support/built.js';
import { FaultyStorage, throws } from '../support/faulty.storage.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { until } from '../support/until.js';

afterEach(closeContexts);

describe('A boot that unknownState: throw refuses', () => {
  it('closes the storage, and does not read it any more', async () => {
    const storage = Object.assign(new FaultyStorage(), { faultyRead: throws });
    const sync = { pollIntervalMs: 10, timeoutMs: 100 };
    const told = jest.spyOn(Logger.prototype, 'error');
    await expect(bootContext({ storage, unknownState: 'throw', sync })).rejects.toThrow('broken on purpose');
    expect(storage.closed).toBe(1);
    expect(told.mock.calls.flat().join()).toContain('Nothing is known, so the application does not boot.');
    expect(told.mock.calls.flat().join()).not.toContain('is open');
    told.mockRestore();
    const { reads } = storage;
    const other = new FaultyStorage();
    await bootContext({ storage: other, sync });
    await until('another one is polled often', () => other.reads > 10);
    expect(storage.reads).toBe(reads);
  });

  it('lets the process end', async () => {
    const { code, stdout } = await runBuilt('refused-boot');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'refused\n' });
  });
});

describe('An application of which another part fails to boot', () => {
  it('releases the storage when it is closed', async () => {
    @Injectable()
    class Failing implements OnModuleInit {
      onModuleInit(): void {
        throw new Error('no licence');
      }
    }
    const storage = new FaultyStorage();
    @Module({
      imports: [MaintenanceModule.forRoot({ storage, sync: { pollIntervalMs: 10 } })],
      providers: [Failing],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    await expect(app.init()).rejects.toThrow('no licence');
    await app.close();
    expect(storage.closed).toBe(1);
    const { reads } = storage;
    const other = new FaultyStorage();
    await bootContext({ storage: other, sync: { pollIntervalMs: 10 } });
    await until('another one is polled often', () => other.reads > 10);
    expect(storage.reads).toBe(reads);
  });
});
