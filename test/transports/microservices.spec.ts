import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { of, type Observable } from 'rxjs';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { closeMicroservices, microservices } from '../support/microservices.js';
import { until } from '../support/until.js';

const calls: string[] = [];

@Controller()
class StockController {
  @MessagePattern('stock.count')
  count(@Payload() data: { of?: string }): string {
    calls.push('stock.count');
    return `7 ${data.of ?? ''}`.trim();
  }

  @MessagePattern({ cmd: 'stock.list' })
  list(): Observable<string> {
    calls.push('stock.list');
    return of('tea');
  }

  @MessagePattern('health')
  @MaintenanceOff()
  async health(): Promise<string> {
    return 'ok';
  }

  @MaintenanceOn()
  @MessagePattern('closed')
  closed(): string {
    calls.push('closed');
    return 'open';
  }

  @MessagePattern(['invoice', 'receipt'])
  @MaintenanceScope('billing')
  invoice(): string {
    calls.push('invoice');
    return 'an invoice';
  }

  @EventPattern('stock.changed')
  changed(_data: unknown): void {
    calls.push('stock.changed');
  }

  @EventPattern('payment.received')
  @MaintenanceOff()
  paid(_data: unknown): void {
    calls.push('payment.received');
  }
}

@MaintenanceOff()
@Controller()
class OpenController {
  @MessagePattern('open')
  open(): string {
    return 'open';
  }
}

@Controller({ scope: Scope.REQUEST })
class ScopedController {
  constructor() {
    calls.push('new ScopedController');
  }

  @MessagePattern('scoped')
  scoped(): string {
    return 'scoped';
  }

  @MessagePattern('scoped.off')
  @MaintenanceOff()
  off(): string {
    return 'off';
  }
}

abstract class BaseController {
  @MessagePattern('inherited')
  inherited(): string {
    return this.constructor.name;
  }
}

@Controller()
class ClosedHeir extends BaseController {}

@MaintenanceOff()
@Controller()
class OpenHeir extends BaseController {}

const controllers = [StockController, OpenController, ScopedController];

beforeEach(() => {
  calls.length = 0;
});

afterEach(closeMicroservices);

describe.each(microservices)('Messages to %s', (_, { start, hasGlobalGuards }) => {
  it('are answered with an error that the client can read, and run nothing', async () => {
    const { maintenance, send, refusal } = await start({ controllers });
    await expect(send('stock.count', { of: 'tea' })).resolves.toBe('7 tea');
    calls.length = 0;

    await maintenance.enable({ reason: 'Stocktaking', endsAt: new Date(Date.now() + 60_000) });
    await expect(refusal('stock.count')).resolves.toEqual({
      status: 'error',
      message: 'Stocktaking',
      code: 'MAINTENANCE',
      type: 'about:blank',
      title: 'Service Unavailable',
      detail: 'Stocktaking',
      statusCode: 503,
      error: 'Service Unavailable',
      reason: 'Stocktaking',
      startsAt: null,
      endsAt: maintenance.status().endsAt?.toISOString(),
      retryAfter: expect.any(Number),
      mode: 'full',
      scope: null,
    });
    await expect(refusal({ cmd: 'stock.list' })).resolves.toMatchObject({ code: 'MAINTENANCE' });
    expect(calls).toEqual([]);

    await maintenance.disable();
    await expect(send({ cmd: 'stock.list' })).resolves.toBe('tea');
  });

  it('obey the decorators of the handler and of its class', async () => {
    const { maintenance, send, refusal } = await start({ controllers });
    await expect(refusal('closed')).resolves.toMatchObject({ code: 'MAINTENANCE', mode: 'full' });
    await maintenance.enable();
    await expect(send('health')).resolves.toBe('ok');
    await expect(send('open')).resolves.toBe('open');
    await expect(refusal('closed')).resolves.toMatchObject({ code: 'MAINTENANCE' });
    expect(calls).toEqual([]);
  });

  it('of a scope are blocked with it, by each of their patterns', async () => {
    const { maintenance, send, refusal } = await start({ controllers });
    await maintenance.enable({ scope: 'billing' });
    await expect(refusal('invoice')).resolves.toMatchObject({ code: 'MAINTENANCE', scope: 'billing' });
    await expect(refusal('receipt')).resolves.toMatchObject({ code: 'MAINTENANCE', scope: 'billing' });
    await expect(send('stock.count')).resolves.toBe('7');
    await maintenance.disable({ scope: 'billing' });
    await expect(send('receipt')).resolves.toBe('an invoice');
  });

  it('are blocked in read-only maintenance too: nobody knows whether they only read', async () => {
    const { maintenance, send, refusal } = await start({ controllers });
    await maintenance.enable({ mode: 'read-only' });
    await expect(refusal('stock.count')).resolves.toMatchObject({ code: 'MAINTENANCE', mode: 'read-only' });
    await expect(send('health')).resolves.toBe('ok');
  });

  it('do not make the request-scoped controller that they are for', async () => {
    const { maintenance, send, refusal } = await start({ controllers });
    await expect(send('scoped')).resolves.toBe('scoped');
    expect(calls).toEqual(['new ScopedController']);
    await maintenance.enable();
    await expect(refusal('scoped')).resolves.toMatchObject({ code: 'MAINTENANCE' });
    expect(calls).toEqual(['new ScopedController']);
    await expect(send('scoped.off')).resolves.toBe('off');
  });

  it.each([
    ['passes', [ClosedHeir, OpenHeir], 'OpenHeir'],
    ['is blocked', [OpenHeir, ClosedHeir], null],
  ])('an inherited handler %s as the class that answers says', async (_said, heirs, answer) => {
    const { maintenance, send, refusal } = await start({ controllers: heirs });
    await expect(send('inherited')).resolves.toBe(heirs.at(-1)?.name);
    await maintenance.enable();
    await expect(answer === null ? refusal('inherited') : send('inherited')).resolves.toEqual(
      answer ?? expect.objectContaining({ code: 'MAINTENANCE' }),
    );
  });

  it('get our error past catch-all filters, and ask no other guard', async () => {
    let asked = 0;
    @Catch()
    class CatchAll implements ExceptionFilter {
      catch(): Observable<string> {
        return of('caught');
      }
    }

    @UseFilters(CatchAll)
    @UseGuards({ canActivate: () => (asked += 1) > 0 })
    @Controller()
    class FilteredController {
      @MessagePattern('filtered')
      filtered(): string {
        throw new Error('Broken');
      }
    }
    const { maintenance, send, refusal } = await start({ controllers: [FilteredController] });
    await expect(send('filtered')).resolves.toBe('caught');
    expect(asked).toBe(1);
    await maintenance.enable();
    await expect(refusal('filtered')).resolves.toMatchObject({ code: 'MAINTENANCE' });
    expect(asked).toBe(1);
  });

  it('are refused from the start if maintenance held before', async () => {
    const { refusal, send } = await start({ controllers, options: { enabled: true } });
    await expect(refusal('stock.count')).resolves.toMatchObject({ code: 'MAINTENANCE' });
    await expect(send('health')).resolves.toBe('ok');
  });

  if (hasGlobalGuards) {
    it('are refused by the guard if maintenance begins while the guards before it are asked', async () => {
      @Injectable()
      class SlowGuard implements CanActivate {
        @Inject() private readonly maintenance!: MaintenanceService;

        async canActivate(): Promise<boolean> {
          await this.maintenance.enable({ reason: 'Just now' });
          return true;
        }
      }
      @Module({ providers: [{ provide: APP_GUARD, useClass: SlowGuard }] })
      class GuardModule {}
      const { refusal } = await start({ imports: [GuardModule], controllers });
      await expect(refusal('stock.count')).resolves.toMatchObject({
        status: 'error',
        message: 'Just now',
        code: 'MAINTENANCE',
        statusCode: 503,
      });
      expect(calls).toEqual([]);
    });
  }
});

describe.each(microservices)('Events for %s', (_, { start }) => {
  /** With any interceptor, a handler runs only when what it returns is subscribed to. */
  const subscribing: NestInterceptor = { intercept: (_context, next) => next.handle() };

  it('are not handled, but those of @MaintenanceOff, and the log says so once for each', async () => {
    const logger = new KeptLogs();
    const { maintenance, send, emit } = await start({ controllers, logger });
    await emit('stock.changed');
    await until('the event is handled', () => calls.includes('stock.changed'));
    calls.length = 0;

    await maintenance.enable();
    await emit('stock.changed');
    await emit('stock.changed');
    await emit('payment.received');
    await send('health');
    expect(calls).toEqual(['payment.received']);
    const warning = expect.stringMatching(/^Events over TCP that come during maintenance are lost/);
    const line = expect.stringContaining('Events of "stock.changed" are not handled during maintenance');
    expect(logger.lines).toEqual([warning, line]);

    await maintenance.disable();
    await maintenance.enable();
    await emit('stock.changed');
    await send('health');
    expect(logger.lines).toEqual([warning, line, line]);

    await maintenance.disable();
    await emit('stock.changed');
    await until('the event is handled', () => calls.includes('stock.changed'));
  });

  @UseInterceptors(subscribing)
  @Controller()
  class First {
    @EventPattern('order.placed')
    @MaintenanceScope('billing')
    charge(_data: unknown): Observable<void> {
      calls.push('charge');
      return of(undefined);
    }
  }

  @UseInterceptors(subscribing)
  @Controller()
  class Second {
    @EventPattern('order.placed')
    @MaintenanceOff()
    audit(_data: unknown): void {
      calls.push('audit');
    }
  }

  @UseInterceptors(subscribing)
  @Controller()
  class Third {
    @EventPattern('order.placed')
    async deliver(_data: unknown): Promise<void> {
      calls.push('deliver');
    }

    @MessagePattern('ping')
    @MaintenanceOff()
    ping(): string {
      return 'pong';
    }
  }

  const orders = [
    [First, Second, Third],
    [Third, First, Second],
    [Second, Third, First],
  ].map((order) => [order.map(({ name }) => name).join(', '), order] as const);

  it.each(orders)('that have several handlers reach those that may run: %s', async (_order, handlers) => {
    const { maintenance, emit, send } = await start({ controllers: handlers });
    const ran = async (): Promise<string[]> => {
      calls.length = 0;
      await emit('order.placed');
      await send('ping');
      await until('the audit', () => calls.includes('audit'));
      return calls.toSorted();
    };
    await expect(ran()).resolves.toEqual(['audit', 'charge', 'deliver']);
    await maintenance.enable({ scope: 'billing' });
    await expect(ran()).resolves.toEqual(['audit', 'deliver']);
    await maintenance.enable();
    await expect(ran()).resolves.toEqual(['audit']);
  });
});

describe.each(microservices)('At the start of %s', (_, { start }) => {
  @Controller()
  class OpenEvents {
    @EventPattern('open')
    @MaintenanceOff()
    open(_data: unknown): void {}

    @EventPattern('never')
    @MaintenanceOn()
    never(_data: unknown): void {}

    @MessagePattern('asked')
    asked(): string {
      return 'answered';
    }
  }

  @Controller()
  class ScopedEvents {
    @EventPattern('scoped')
    @MaintenanceScope('billing')
    scoped(_data: unknown): void {}
  }

  it('nothing is said of lost events if maintenance makes no difference to any', async () => {
    const logger = new KeptLogs();
    const { send } = await start({ controllers: [OpenEvents], logger });
    await expect(send('asked')).resolves.toBe('answered');
    expect(logger.lines).toEqual([]);
  });

  it('one warning names the transport where an event handler is blocked by a scope', async () => {
    const logger = new KeptLogs();
    const { send } = await start({ controllers: [OpenEvents, ScopedEvents], logger });
    await expect(send('asked')).resolves.toBe('answered');
    expect(logger.lines).toEqual([expect.stringContaining('Events over TCP ')]);
  });
});
