import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { type MaintenanceModuleOptions, MaintenanceService } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

const MINUTE_MS = 60_000;

let fails = true;
let failure: () => unknown = () => new Error('no database');
const callback = <T>(value: T): T => {
  if (fails) throw failure();
  return value;
};

const CALLBACKS: [option: string, options: MaintenanceModuleOptions][] = [
  ['ignore.when', { ignore: { when: () => callback(false) } }],
  ['ignore.when', { ignore: { when: async () => callback(false) } }],
  ['user', { ignore: { staff: true }, user: { get: async () => callback({ id: 'sam' }) } }],
  ['user', { ignore: { staff: true }, user: { get: () => ({ id: 'sam' }), isStaff: () => callback(false) } }],
  [
    'logout',
    {
      user: { get: () => ({ id: 'sam' }) },
      logout: { authenticatedUsers: true, handler: () => callback(undefined) },
    },
  ],
  ['getClientIp', { ignore: { ipAddresses: ['192.0.2.1'] }, getClientIp: () => callback('192.0.2.2') }],
  ['response.context', { response: { context: () => callback({}) } }],
  ['response.type', { response: { type: () => callback('html') } }],
];

const noOrigins = (): never => {
  throw new Error('no list of origins');
};

const now = performance.now.bind(performance);

/** Moves the clock that measures how long something takes; counted from the beginning of the test. */
function passTime(ms: number): void {
  jest.spyOn(performance, 'now').mockImplementation(() => now() + ms);
}

afterEach(closeApps);
afterEach(() => void jest.restoreAllMocks());

describe.each(platforms)('The log on %s', (_, createApp) => {
  let logger = new KeptLogs();
  beforeEach(() => {
    logger = new KeptLogs();
    fails = true;
    failure = () => new Error('no database');
  });
  const controllers = [PageController];

  it.each(CALLBACKS)('has one line if %s fails for every second request', async (option, options) => {
    const { url } = await createApp({ controllers, logger, options: { enabled: true, ...options } });
    for (let count = 0; count < 6; count += 1) {
      fails = count % 2 === 0;
      await request(url).get('/page').expect(503).expect('Maintenance-Mode', 'active');
    }
    expect(logger.lines).toEqual([expect.stringMatching(`^${option} has failed.*no database$`)]);
  });

  it('tells of the next outage after a minute without a failure, and how many failures it left out', async () => {
    const options = { enabled: true, ignore: { when: () => callback(false) } };
    const { url } = await createApp({ controllers, logger, options });
    const visit = async (): Promise<void> => void (await request(url).get('/page').expect(503));
    await visit();
    await visit();
    passTime(MINUTE_MS / 2);
    await visit();
    passTime(MINUTE_MS + 10_000);
    await visit(); // not a minute after the last one
    expect(logger.lines).toHaveLength(1);
    passTime(2 * MINUTE_MS + 20_000);
    await visit();
    expect(logger.lines).toHaveLength(2);
    expect(logger.lines[1]).toMatch(/no database \(Not logged since the last such line: 3\.\)$/);
  });

  it('has one line for each maintenance if CORS fails, however often that changes meanwhile', async () => {
    const { url, get } = await createApp({
      controllers,
      logger,
      configure: (app) => app.enableCors({ origin: noOrigins }),
    });
    const maintenance = get(MaintenanceService);
    const visit = async (): Promise<void> =>
      void (await request(url).get('/page').set('Origin', 'https://a.example').expect(503));
    for (let activation = 1; activation <= 2; activation += 1) {
      await maintenance.enable();
      await visit();
      await maintenance.update({ reason: 'It takes longer' });
      await visit();
      expect(logger.lines.filter((line) => line.includes('no list of origins'))).toHaveLength(activation);
      await maintenance.disable();
    }
  });

  it.each<[what: string, thrown: () => unknown, line: RegExp]>([
    ['an object without text', () => Object.create(null) as unknown, /cannot be shown as text$/],
    [
      'an error whose text throws',
      () => ({
        toString: () => {
          throw new Error('again');
        },
      }),
      /cannot be shown as text$/,
    ],
    ['line breaks', () => new Error('one\r\n[Nest] two\u2028three'), /one \[Nest\] two three$/],
    ['a megabyte', () => new Error('x'.repeat(1_000_000)), /x{400,500}\.\.\.$/],
    ['a symbol', () => Symbol('odd'), /Symbol\(odd\)$/],
    ['nothing', () => undefined, /undefined$/],
  ])('has one line if a callback throws %s', async (__, thrown, line) => {
    failure = thrown;
    const options = { enabled: true, ignore: { when: () => callback(false) } };
    const { url } = await createApp({ controllers, logger, options });
    await request(url).get('/page').expect(503).expect('Maintenance-Mode', 'active');
    expect(logger.lines).toEqual([expect.stringMatching(line)]);
    expect(logger.lines[0]?.length).toBeLessThan(700);
  });

  it('that throws spoils no answer', async () => {
    const options = { enabled: true, ignore: { when: () => callback(false) } };
    const { app, url } = await createApp({ controllers, options });
    class Broken extends KeptLogs {
      override error(): void {
        throw new Error('disk full');
      }
    }
    app.useLogger(new Broken());
    await request(url).get('/page').expect(503).expect('Maintenance-Mode', 'active');
    app.useLogger(false);
  });
});
