import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, type Type, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { MAINTENANCE_STORAGE, MemoryStorage } from '../../lib/index.js';
import { examplesForNode } from './code-blocks.js';

@Controller()
class OpenController {
  @Get()
  home(): string {
    return 'at work';
  }
}

@Controller('profile')
class GuardedController {
  @UseGuards(AuthGuard('jwt'))
  @Get()
  profile(): string {
    return 'yours';
  }
}

const SECRET = 'a secret of the test';
const recipes = examplesForNode().filter(
  ({ page, code }) => page === 'docs/users-and-guards.md' && code.startsWith('// app.module.ts'),
);
const token = (...roles: string[]): string =>
  `Bearer ${new JwtService({ secret: SECRET }).sign({ sub: roles[0] ?? 'customer', roles })}`;

let app: INestApplication<App> | undefined;
let file = '';

beforeEach(() => {
  process.env['JWT_SECRET'] = SECRET;
});

afterEach(async () => {
  await app?.close();
  await rm(file, { force: true });
});

/** Pastes the recipe into a file, and boots its `AppModule`, with these controllers. */
async function paste(code: string, controller: Type): Promise<App> {
  file = join(process.cwd(), `test/docs/recipe-${process.pid}-${Date.now()}.ts`);
  await writeFile(file, code);
  const { AppModule } = (await import(pathToFileURL(file).href)) as { AppModule: Type };
  const testing = await Test.createTestingModule({ imports: [AppModule], controllers: [controller] })
    .overrideProvider(MAINTENANCE_STORAGE)
    .useValue(new MemoryStorage())
    .compile();
  app = testing.createNestApplication<INestApplication<App>>(new ExpressAdapter(), { logger: false });
  await app.init();
  return app.getHttpServer();
}

describe('A recipe of docs/users-and-guards.md', () => {
  it('is there for JwtService and for passport-jwt', () => {
    expect(recipes.map(({ code }) => code.includes('passport-jwt'))).toEqual([false, true]);
  });

  it.each([
    ['JwtService', 0, OpenController, '/', 503],
    ['passport-jwt', 1, GuardedController, '/profile', 401],
  ])('works when it is pasted: %s', async (_, index, controller, path, anonymous) => {
    const server = await paste(recipes[index]?.code ?? '', controller);
    const toggle = (action: string): request.Test => request(server).post(`/maintenance-mode/${action}`);
    await toggle('on').expect(403);
    await toggle('on').set('Authorization', token('staff')).expect(403);
    await toggle('on').set('Authorization', token('admin')).expect(200);
    await request(server).get(path).expect(anonymous);
    await request(server).get(path).set('Authorization', 'Bearer forged').expect(anonymous);
    await request(server).get(path).set('Authorization', token()).expect(503);
    await request(server).get(path).set('Authorization', token('staff')).expect(200);
    await toggle('off').set('Authorization', token('admin')).expect(200);
    await request(server).get(path).set('Authorization', token()).expect(200);
  });
});
