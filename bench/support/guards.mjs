/** What applications have in place of a maintenance module: guards as one writes them in a quarter of an hour. */
import { readFile, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceUnavailableException } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import handlebars from 'handlebars';

/** What Nest itself takes for a guard. */
const openGuard = { canActivate: () => true };

/** Reads a file for each request. */
async function fileGuard({ directory }) {
  const path = join(directory, 'maintenance.txt');
  await writeFile(path, '0');
  return {
    async canActivate() {
      if ((await readFile(path, 'utf8')) === '1') throw new ServiceUnavailableException();
      return true;
    },
  };
}

/** Asks a cache for each request. */
async function cacheGuard(stores) {
  const { createCache } = await import('cache-manager');
  const cache = createCache(stores && { stores });
  await cache.set('maintenance', false);
  return {
    async canActivate() {
      if (await cache.get('maintenance')) throw new ServiceUnavailableException();
      return true;
    },
  };
}

async function redisGuard({ redis }) {
  const { createKeyv } = await import('@keyv/redis');
  return cacheGuard([createKeyv(redis)]);
}

const throwingGuard = {
  canActivate() {
    throw new ServiceUnavailableException('The kettle is descaled.');
  },
};

/** Renders the page for each request, from the same template as the module; its `eq` is a helper of the module's. */
function pageFilter() {
  const engine = handlebars.create();
  const template = engine.compile(readFileSync(new URL('maintenance.hbs', import.meta.url), 'utf8'));
  return {
    catch(exception, host) {
      const http = host.switchToHttp();
      const { headers } = http.getRequest();
      const values = { reason: exception.message, endsAt: null };
      const isPage = headers.accept.includes('text/html');
      // These names mean the same in Express and in Fastify.
      http
        .getResponse()
        .status(exception.getStatus())
        .header('Retry-After', '3600')
        .header('Cache-Control', 'no-store')
        .header('Content-Type', isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8')
        .send(isPage ? template(values) : { ...exception.getResponse(), ...values });
    },
  };
}

const GUARDS = {
  open: () => openGuard,
  file: fileGuard,
  memory: () => cacheGuard(),
  redis: redisGuard,
  throwing: () => throwingGuard,
};

/** @param name a key of `GUARDS` */
export async function guardProviders(name, places) {
  const guard = { provide: APP_GUARD, useValue: await GUARDS[name](places) };
  return name === 'throwing' ? [guard, { provide: APP_FILTER, useFactory: pageFilter }] : [guard];
}
