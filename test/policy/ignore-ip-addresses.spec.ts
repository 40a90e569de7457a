import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { MaintenanceModuleOptions } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

type GetClientIp = NonNullable<MaintenanceModuleOptions['getClientIp']>;

const ofHeader: GetClientIp = (message) =>
  (message as { headers: Record<string, string | undefined> }).headers['x-client'];

const ofAdapter: GetClientIp = (message) => (message as { ip: string }).ip.replace('127.', '10.');

const throwing: GetClientIp = () => {
  throw new Error('no header');
};

afterEach(closeApps);

describe.each(platforms)('ignore.ipAddresses on %s', (_, createApp) => {
  const controllers = [PageController];

  it.each<[listed: string[], passing: string[], blocked: string[]]>([
    [['10.0.0.1'], ['10.0.0.1'], ['10.0.0.199', '10.0.0.10', '110.0.0.1', '10.0.0.0', '10.0.0.2']],
    [['10.0.0.0/24'], ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', '9.255.255.255', '10.0.10.1']],
    [['10.0.0.77/24'], ['10.0.0.1', '10.0.0.255'], ['10.0.1.77']], // bits behind the prefix do not count
    [['10.0.0.5/32'], ['10.0.0.5'], ['10.0.0.4', '10.0.0.6']],
    [['0.0.0.0/0'], ['0.0.0.0', '255.255.255.255', '::ffff:1.2.3.4'], ['::1', '2001:db8::1', '::']],
    [['::/0'], ['::', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], ['127.0.0.1', '::ffff:1.2.3.4']],
    [
      ['2001:db8::/32'],
      ['2001:db8::1', '2001:DB8:FFFF::', '2001:0db8:0:0:0:0:0:1'],
      ['2001:db9::', '2001:db7:ffff::', '::'],
    ],
    [['2001:db8::5'], ['2001:db8:0:0::5'], ['2001:db8::50', '2001:db8::']],
    [
      ['10.0.0.5'],
      ['::ffff:10.0.0.5', '::FFFF:a00:5', '0:0:0:0:0:ffff:a00:5'],
      ['::10.0.0.5', '::fffe:a00:5'],
    ],
    [['::ffff:10.0.0.0/120'], ['10.0.0.9', '::ffff:10.0.0.9'], ['10.0.1.0']],
    [['::ffff:10.0.0.5'], ['10.0.0.5'], ['10.0.0.6']],
    [['fe80::/10'], ['fe80::1', 'fe80::1%eth0'], ['fec0::1', 'fec0::1%fe80::1']],
    [
      ['127.0.0.1', '::1', '192.168.0.0/16'],
      ['127.0.0.1', '::1', '192.168.7.7'],
      ['127.0.0.2', '::2'],
    ],
    [['10.0.0.0/8', '10.1.0.0/16', '10.0.0.1'], ['10.0.0.1', '10.2.0.0', '10.1.2.3'], ['11.0.0.0']],
    [[], [], ['127.0.0.1', '::1', '']],
  ])('%j lets %j through, and not %j', async (ipAddresses, passing, blocked) => {
    const options = { enabled: true, ignore: { ipAddresses }, getClientIp: ofHeader };
    const { url } = await createApp({ controllers, options });
    for (const ip of passing) await request(url).get('/page').set('X-Client', ip).expect(200);
    for (const ip of blocked) await request(url).get('/page').set('X-Client', ip).expect(503);
  });

  it.each([
    '',
    ' ',
    ' 10.0.0.5',
    '10.0.0.5 x',
    '010.0.0.5',
    '10.0.0.05',
    '0x0a.0.0.5',
    '167772165',
    '10.5',
    '10.0.5',
    '10.0.0.5:8080',
    '[::1]',
    '[::1]:80',
    '10.0.0.5/8',
    '10.0.0.5, 10.0.0.6',
    '10.0.0.256',
    '10.0.0.-5',
    '1e1.0.0.5',
    '::1::',
    ':::1',
    'localhost',
    'unknown',
    'null',
    '"><script>alert(1)</script>',
    "10.0.0.5'--",
  ])('%j is not an address, and exempts nothing', async (ip) => {
    const ipAddresses = ['10.0.0.0/8', '8.0.0.0/8', '::/0', '0.0.0.0/0'];
    const options = { enabled: true, ignore: { ipAddresses }, getClientIp: () => ip };
    const { url } = await createApp({ controllers, options });
    const { text } = await request(url).get('/page').set('Accept', 'text/html').expect(503);
    expect(text).not.toContain('<script>alert');
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 167_772_165],
    ['an object', { toString: () => '10.0.0.5' }],
    ['a list', ['10.0.0.5']],
    ['a promise', Promise.resolve('10.0.0.5')],
    ['a promise that rejects', 'rejects'],
  ])('getClientIp that returns %s exempts nothing, and the application goes on', async (__, returned) => {
    const getClientIp = (): string =>
      (returned === 'rejects' ? Promise.reject(new Error('no address')) : returned) as string;
    const options = { enabled: true, ignore: { ipAddresses: ['10.0.0.5'] }, getClientIp };
    const { url } = await createApp({ controllers, options });
    await request(url).get('/page').expect(503);
    await request(url).get('/page').expect(503);
  });

  it('getClientIp that throws exempts nothing, and is logged once', async () => {
    const logger = new KeptLogs();
    const options = { enabled: true, ignore: { ipAddresses: ['127.0.0.1'] }, getClientIp: throwing };
    const { url } = await createApp({ controllers, options, logger });
    for (let visitors = 0; visitors < 3; visitors += 1) await request(url).get('/page').expect(503);
    expect(logger.lines).toEqual([expect.stringMatching(/^getClientIp has failed.*no header/)]);
  });

  it('getClientIp gets the request of the adapter', async () => {
    const options = { enabled: true, ignore: { ipAddresses: ['10.0.0.1'] }, getClientIp: ofAdapter };
    const { url } = await createApp({ controllers, options });
    await request(url).get('/page').expect(200);
  });
});
