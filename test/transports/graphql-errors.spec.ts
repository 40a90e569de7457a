import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  Scope,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Query, Resolver } from '@nestjs/graphql';
import { isMaintenanceException, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { codes } from '../support/graphql-codes.js';
import { graphqlServers, post } from '../support/graphql.js';
import { shop } from '../support/graphql-shop.js';
import { closeApps } from '../support/platforms.js';

afterEach(closeApps);

/** Spoils whatever it can, as filters that were made for HTTP do. */
@Catch()
class CatchAllFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<{ status(code: number): void }>().status(500);
  }
}

@Injectable({ scope: Scope.REQUEST })
@Catch()
class RequestScopedFilter extends CatchAllFilter {}

@Resolver()
@UseFilters(CatchAllFilter)
class FilteredResolver {
  @Query(() => String, { nullable: true })
  @MaintenanceScope('billing')
  filtered(): string {
    return 'filtered';
  }
}

@Resolver()
class DemandingResolver {
  @Query(() => String)
  @MaintenanceScope('billing')
  demanded(): string {
    return 'demanded';
  }
}

describe.each(graphqlServers)('A field that is blocked, on $name', ({ name, create }) => {
  const query = '{ products { id name } invoice }';

  it('is an error that says what the problem details say, beside the data of other fields', async () => {
    const { url, get } = await create(shop);
    const endsAt = new Date(Date.now() + 60_000);
    await get(MaintenanceService).enable({ scope: 'billing', reason: 'New <books>', endsAt });
    const { body } = await post(url, query).expect(200).expect('Content-Type', /json/);
    expect(body).toEqual({
      data: { products: [{ id: 'tea', name: 'Assam' }], invoice: null },
      errors: [
        {
          message: 'New <books>',
          path: ['invoice'],
          locations: [{ line: 1, column: query.indexOf('invoice') + 1 }],
          extensions: {
            code: 'MAINTENANCE',
            statusCode: 503,
            reason: 'New <books>',
            startsAt: null,
            endsAt: endsAt.toISOString(),
            retryAfter: expect.any(Number),
            mode: 'full',
            scope: 'billing',
          },
        },
      ],
    });
    const { retryAfter } = body.errors[0].extensions;
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
  });

  it('is open again when maintenance ends', async () => {
    const { url, get } = await create(shop);
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect(codes((await post(url, query)).body)).toEqual({ invoice: 'MAINTENANCE' });
    await get(MaintenanceService).disable({ scope: 'billing' });
    expect((await post(url, query)).body.data.invoice).toBe('INV-1');
  });

  it('leaves no data where it must not be null, and the status is 200', async () => {
    const { url, get } = await create({ resolvers: [DemandingResolver] });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const { body } = await post(url, '{ demanded }').expect(200);
    expect(body.data).toBeNull();
    expect(codes(body)).toEqual({ demanded: 'MAINTENANCE' });
  });

  it('tells nothing of the stack, in development either', async () => {
    const { url, get } = await create({ ...shop, apollo: { includeStacktraceInErrorResponses: true } });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const { text } = await post(url, '{ invoice }').expect(200);
    expect(text).not.toMatch(/\.[jt]s\b|node_modules|\bat /);
    expect(codes(JSON.parse(text))).toEqual({ invoice: 'MAINTENANCE' });
  });

  it.each([true, false])('is the same with autoTransformHttpErrors: %s', async (autoTransformHttpErrors) => {
    const { url, get } = await create({ ...shop, apollo: { autoTransformHttpErrors } });
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect(codes((await post(url, '{ invoice }').expect(200)).body)).toEqual({ invoice: 'MAINTENANCE' });
  });

  it('can be known again by the function that formats errors', async () => {
    const known: unknown[] = [];
    const look = (error: { originalError?: unknown } | undefined): void => {
      const thrown = error?.originalError;
      known.push([isMaintenanceException(thrown), thrown instanceof HttpException && thrown.getStatus()]);
    };
    const { url, get } = await create({
      ...shop,
      apollo: {
        formatError: (formatted, error) => {
          look(error as { originalError?: unknown });
          return formatted;
        },
      },
      mercurius: {
        errorFormatter: ({ errors, data = null }) => {
          look(errors[0]);
          return { statusCode: 200, response: { data, errors } };
        },
      },
    });
    await get(MaintenanceService).enable({ scope: 'billing' });
    await post(url, '{ invoice }').expect(200);
    expect(known).toEqual([[true, 503]]);
  });

  it.each([
    [
      'of the application',
      { providers: [...shop.providers, { provide: APP_FILTER, useClass: CatchAllFilter }] },
    ],
    [
      'that is request-scoped',
      { providers: [...shop.providers, { provide: APP_FILTER, useClass: RequestScopedFilter }] },
    ],
    ['of the resolver', { resolvers: [...shop.resolvers, FilteredResolver] }],
  ])('is not spoilt by a catch-all filter %s', async (_, settings) => {
    const { url, get } = await create({ ...shop, ...settings });
    await get(MaintenanceService).enable({ scope: 'billing' });
    const field = 'resolvers' in settings ? 'filtered' : 'invoice';
    expect(codes((await post(url, `{ ${field} }`).expect(200)).body)).toEqual({ [field]: 'MAINTENANCE' });
  });

  it('is not spoilt by a filter of app.useGlobalFilters', async () => {
    const { url, get } = await create({
      ...shop,
      configure: (app) => void app.useGlobalFilters(new CatchAllFilter()),
    });
    await get(MaintenanceService).enable({ scope: 'billing' });
    expect(codes((await post(url, '{ invoice }').expect(200)).body)).toEqual({ invoice: 'MAINTENANCE' });
  });

  it('makes no line in the log', async () => {
    const lines: string[] = [];
    const keep = (message: unknown): void => void lines.push(String(message));
    const logger = { log: () => undefined, warn: keep, error: keep };
    const { url, get } = await create({ ...shop, logger });
    await get(MaintenanceService).enable({ scope: 'billing' });
    lines.length = 0;
    await post(url, '{ invoice }').expect(200);
    expect({ name, lines }).toEqual({ name, lines: [] });
  });
});
