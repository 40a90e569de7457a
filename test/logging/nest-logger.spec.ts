import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { BEARER, people } from '../support/people.js';
import { closeApps, platforms, type TestApp } from '../support/platforms.js';

/** Keeps every line of every part of the application, as `level: message`. */
class AllLogs implements LoggerService {
  readonly lines: string[] = [];
  readonly contexts = new Set<unknown>();

  log = this.#keep('log');
  error = this.#keep('error');
  warn = this.#keep('warn');
  debug = this.#keep('debug');
  verbose = this.#keep('verbose');
  fatal = this.#keep('fatal');

  forget(): void {
    this.lines.length = 0;
    this.contexts.clear();
  }

  #keep(level: string) {
    return (message: unknown, ...rest: unknown[]): void => {
      this.lines.push(`${level}: ${String(message)}`);
      this.contexts.add(rest.at(-1));
    };
  }
}

const logger = new AllLogs();
afterEach(closeApps);

const toggler =
  (url: string) =>
  (action: string, body: object): request.Test =>
    request(url).post(`/maintenance-mode/${action}`).set(BEARER).send(body);

describe.each(platforms)("Nest's own logger on %s", (_, createApp) => {
  let running: TestApp;
  beforeEach(async () => {
    // With a health check that is open, about which there is nothing to warn.
    const options = { user: people, ignore: { urls: ['/health'] } };
    running = await createApp({ controllers: [PageController], logger, options });
    logger.forget();
  });

  it('hears nothing of 100 blocked requests', async () => {
    const { url, get } = running;
    await get(MaintenanceService).enable();
    logger.forget();
    for (let count = 0; count < 50; count += 1) {
      await request(url).get('/page').set(HTML).expect(503);
      await request(url).post('/page').expect(503);
    }
    expect(logger.lines).toEqual([]);
  });

  it('gets one line when maintenance begins and one when it ends, with who and why', async () => {
    const maintenance = running.get(MaintenanceService);
    await maintenance.enable({ reason: 'We move.', endsAt: '2999-01-01T00:00:00Z', by: 'ada' });
    await maintenance.disable({ by: 'grace' });
    expect(logger.lines).toEqual([
      'log: Maintenance activated: full, until 2999-01-01T00:00:00.000Z, for "We move.", by "ada".',
      'log: Maintenance deactivated, by "grace".',
    ]);
    expect([...logger.contexts]).toEqual(['MaintenanceMode']);
  });

  it('gets one line when somebody uses the toggle routes, with who it was', async () => {
    const toggle = toggler(running.url);
    await toggle('on', { reason: 'We move.', mode: 'read-only' }).expect(200);
    await toggle('off', {}).expect(200);
    expect(logger.lines).toEqual([
      'log: Maintenance activated: read-only, for "We move.", by "ada".',
      'log: Maintenance deactivated, by "ada".',
    ]);
  });

  it('gets one line for a schedule, a change of it, and its end, of a scope too', async () => {
    const maintenance = running.get(MaintenanceService);
    const startsAt = '2999-01-01T00:00:00Z';
    await maintenance.enable({ scope: 'billing', startsAt });
    await maintenance.enable({ scope: 'billing', startsAt, reason: 'New prices' });
    await maintenance.disable({ scope: 'billing', by: 'ada' });
    expect(logger.lines).toEqual([
      'log: Maintenance of "billing" scheduled: full, from 2999-01-01T00:00:00.000Z.',
      'log: Maintenance of "billing" updated: scheduled, full, from 2999-01-01T00:00:00.000Z, for "New prices".',
      'log: Maintenance of "billing" cancelled, by "ada".',
    ]);
  });

  it.each([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['vertical tab', '\v'],
    ['form feed', '\f'],
    ['next line', '\u0085'],
    ['line separator', '\u2028'],
    ['paragraph separator', '\u2029'],
    ['escape', '\u001b[2K'],
    ['control sequence introducer', '\u009b2K'],
  ])('gets one line, and no control character, for a reason or a name with %s in it', async (__, breaks) => {
    const maintenance = running.get(MaintenanceService);
    const forged = `x${breaks}[Nest] LOG All is well`;
    await maintenance.enable({ reason: forged, by: forged });
    await maintenance.disable({ by: forged });
    expect(logger.lines).toHaveLength(2);
    expect(logger.lines.filter((line) => /[\p{Cc}\u2028\u2029]/u.test(line))).toEqual([]);
  });
});
