import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { controllers } from './controllers.mjs';
import { guardProviders } from './guards.mjs';
import { ignoreRules } from './rules.mjs';

const ADAPTERS = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

/** What it has is given with each call. */
function AppModule() {}

/**
 * A Nest application, not yet initialised.
 *
 * @param spec.adapter `express` or `fastify`
 * @param spec.hasRoutes whether it has fifty more routes, decorated where there is the module.
 * @param spec.guard one of `guards.mjs`, in the module's place.
 * @param spec.module `off` or `on`; the module is not there where it is not set.
 * @param spec.rules one of `rules.mjs`.
 * @param directory for the files that it needs.
 */
export async function createNest({ adapter, hasRoutes, guard, redis, module, rules }, directory) {
  // An application without the module must not have loaded it.
  const library = module === undefined ? undefined : await import('nestjs-maintenance-mode');
  const imports = library ? [maintenanceModule(library, rules, directory)] : [];
  const root = {
    module: AppModule,
    imports,
    controllers: controllers(hasRoutes, library),
    providers: guard ? await guardProviders(guard, { directory, redis }) : [],
  };
  const app = await NestFactory.create(root, ADAPTERS[adapter](), { logger: false });
  return { app, setState: () => setState(app, library, module) };
}

/** With a storage that is read while the bench runs, as in any application. */
function maintenanceModule({ FileStorage, MaintenanceModule }, rules, directory) {
  return MaintenanceModule.forRoot({
    storage: new FileStorage({ path: join(directory, 'state.json') }),
    response: { template: new URL('maintenance.hbs', import.meta.url).pathname },
    ...(rules && { ignore: ignoreRules(rules) }),
  });
}

async function setState(app, library, state) {
  if (state === 'on') await app.get(library.MaintenanceService).enable({ reason: 'The kettle is descaled.' });
}

export const makeDirectory = () => mkdtemp(join(tmpdir(), 'maintenance-bench-'));

export async function startNest(spec) {
  const directory = await makeDirectory();
  const { app, setState: toState } = await createNest(spec, directory);
  await app.listen(0, '127.0.0.1');
  await toState();
  const close = async () => {
    await app.close();
    await rm(directory, { recursive: true });
  };
  return { port: app.getHttpServer().address().port, close };
}
