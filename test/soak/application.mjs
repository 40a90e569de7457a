/** The application of the soak, in a process of its own; the built package. `process.argv[2]`: adapter and users, as JSON. */
import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { MaintenanceModule, MaintenanceService, MemoryStorage } from 'nestjs-maintenance-mode';
import { controllers } from './handlers.mjs';
import { addLayers } from './layers.mjs';
import { takeNotes } from './notes.mjs';

const { adapter, users } = JSON.parse(process.argv[2]);

/** As an application asks a database; some of its answers are late, and some are errors. */
async function getUser({ headers }) {
  const kind = headers['x-user'];
  await new Promise((resolve) => (kind === 'slow' ? setTimeout(resolve, 5) : setImmediate(resolve)));
  if (kind === 'broken') throw new Error('The database of users is away.');
  return kind === undefined ? null : { id: kind, isStaff: kind === 'staff' };
}

class AppModule {}
Module({
  imports: [
    MaintenanceModule.forRoot({
      storage: new MemoryStorage(),
      controller: false,
      ignore: { staff: true },
      ...(users === 'user.get' && { user: { get: getUser } }),
    }),
  ],
  controllers: controllers(users === 'guards'),
})(AppModule);

const files = await mkdtemp(join(tmpdir(), 'maintenance-soak-'));
await writeFile(join(files, 'page.txt'), 'A page.');
await writeFile(join(files, 'large.txt'), 'A large file. '.repeat(20_000));

const framework = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(AppModule, framework, { logger: false });
await addLayers(app, adapter, files);
await app.listen(0, '127.0.0.1');
const maintenance = app.get(MaintenanceService);

const commands = {
  enable: async () => void (await maintenance.enable({ reason: 'Soak' })),
  disable: async () => void (await maintenance.disable()),
  /** Times from now on, so that none of them is over before it is asked for. */
  async window({ startsIn, lasts }) {
    const startsAt = Date.now() + startsIn;
    await maintenance.enable({ startsAt: new Date(startsAt), endsAt: new Date(startsAt + lasts) });
    return { startsAt, endsAt: startsAt + lasts };
  },
  notes: takeNotes,
  async heap() {
    // What was freed by finalizers is collected the next time.
    for (let i = 0; i < 4; i += 1) {
      globalThis.gc();
      await new Promise(setImmediate);
    }
    return process.memoryUsage().heapUsed;
  },
  drained: (timeoutMs) => maintenance.drained({ timeoutMs }),
};

process.on('message', async ({ number, command, argument }) => {
  process.send({ number, result: (await commands[command](argument)) ?? null });
});
process.once('disconnect', async () => {
  await rm(files, { recursive: true, force: true });
  process.exit();
});
process.send({ port: app.getHttpServer().address().port });
