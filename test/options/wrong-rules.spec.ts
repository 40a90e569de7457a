import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { MaintenanceModule, MaintenanceOptionsError } from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';

type Wrong = [path: string, options: object, message: string];

const SWITCHES: [group: string, name: string][] = [
  ...['anonymousUsers', 'authenticatedUsers', 'staff', 'superusers', 'tests'].map(
    (name): [string, string] => ['ignore', name],
  ),
  ...['authenticatedUsers', 'staff', 'superusers'].map((name): [string, string] => ['logout', name]),
  ['user', 'afterGuards'],
];

const FUNCTIONS: [group: string, name: string][] = [
  ['ignore', 'when'],
  ['user', 'get'],
  ['user', 'id'],
  ['user', 'isStaff'],
  ['user', 'isSuperuser'],
  ['logout', 'handler'],
];

const NO_PATHS = ['', 'health', 'http://host/health', '/health?x', '/health#x', 7, null, ['/health']];

const NO_RANGES = [
  '',
  ' ',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '10.0.0.0/8.0',
  '10.0.0.0/1e1',
  '10.0.0.0/255.0.0.0',
  '10.0.0.0 /8',
  ' 10.0.0.0',
  '10.0.0',
  '10.*',
  '10.0.0.1-10.0.0.9',
  '010.0.0.5',
  '10.0.0.256',
  '10.0.0.5:8080',
  '2001:db8::/129',
  '2001:db8::/1000',
  '[::1]',
  '::ffff:10.0.0.0/95',
  'fe80::1%eth0',
  'fe80::%eth0/10',
  'localhost',
  '/8',
  167_772_165,
  null,
  ['10.0.0.1'],
];

describe('A wrong rule', () => {
  it.each<Wrong>([
    ['ignore', { ignore: [] }, 'expected an object, got an array'],
    ['ignore.urls', { ignore: { urls: '/health' } }, 'expected an array, got "/health"'],
    ['ignore.urls', { ignore: { urls: /health/ } }, 'expected an array, got /health/'],
    ...NO_PATHS.map((path): Wrong => [
      'ignore.urls[1]',
      { ignore: { urls: ['/right', path] } },
      'expected a path that begins with "/"',
    ]),
    ...['g', 'y', 'gi', 'gy', 'uy'].map((flags): Wrong => [
      'ignore.urls[0]',
      { ignore: { urls: [new RegExp('^/health', flags)] } },
      'expected a regular expression without the flags g and y',
    ]),
    ...NO_PATHS.map((path): Wrong => [
      'ignore.adminSite',
      { ignore: { adminSite: path } },
      'expected a path that begins with "/"',
    ]),
    ['ignore.adminSite', { ignore: { adminSite: /admin/ } }, 'expected a path that begins with "/"'],
    ['ignore.ipAddresses', { ignore: { ipAddresses: '10.0.0.1' } }, 'expected an array, got "10.0.0.1"'],
    ...NO_RANGES.map((range): Wrong => [
      'ignore.ipAddresses[1]',
      { ignore: { ipAddresses: ['10.0.0.1', range] } },
      'expected an IP address or a CIDR range such as "10.0.0.0/8", got',
    ]),
    ...SWITCHES.flatMap(([group, name]) =>
      ['true', 1, null].map((value): Wrong => [
        `${group}.${name}`,
        { [group]: { [name]: value } },
        `expected true or false, got ${JSON.stringify(value)}`,
      ]),
    ),
    ...FUNCTIONS.flatMap(([group, name]) =>
      [true, 'function', {}, null].map((value): Wrong => [
        `${group}.${name}`,
        { [group]: { [name]: value } },
        'expected a function that takes the ',
      ]),
    ),
    ['getClientIp', { getClientIp: 'x-real-ip' }, 'expected a function that takes the request'],
    ['getClientIp', { getClientIp: null }, 'expected a function that takes the request'],
    ['user', { user: () => null }, 'expected an object, got a function'],
    ['logout', { logout: true }, 'expected an object, got true'],
  ])('%s: %j fails at boot and says: %s', async (path, options, message) => {
    const error = await bootError(options);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path, code: 'MAINTENANCE_OPTIONS' });
    expect(String(error)).toContain(`${path}: `);
    expect(String(error)).toContain(message);
  });

  it.each<[path: string, options: object]>([
    ['ignore.url', { ignore: { url: ['/health'] } }],
    ['ignore.ips', { ignore: { ips: [] } }],
    ['ignore.superUsers', { ignore: { superUsers: true } }],
    ['ignore.hasOwnProperty', { ignore: { hasOwnProperty: true } }],
    ['user.isAdmin', { user: { isAdmin: () => true } }],
    ['logout.users', { logout: { users: true } }],
    ['getClientIP', { getClientIP: () => '' }],
  ])('with the unknown name %s fails at boot', async (path, options) => {
    const error = await bootError(options);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path });
    expect(String(error)).toMatch(/expected one of \w+(, \w+)+, got an unknown name/);
  });

  it.each([
    { urls: [], ipAddresses: [] },
    { urls: ['/', '/café', /^\/x$/imsu], adminSite: '/' },
    { ipAddresses: ['0.0.0.0/0', '::/0', '10.1.2.3/8', '::ffff:10.0.0.0/104', '2001:DB8::1/128'] },
    { urls: undefined, ipAddresses: undefined, adminSite: undefined, staff: undefined, when: undefined },
  ])('is not among %j', async (ignore) => {
    expect(await bootError({ ignore })).toBe('it booted');
  });

  it('is found in the options of a factory, too', async () => {
    const imports = [
      MaintenanceModule.forRootAsync({ useFactory: () => ({ ignore: { ipAddresses: ['10.0.0.0/99'] } }) }),
    ];
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toMatchObject({
      path: 'ignore.ipAddresses[0]',
    });
  });
});
