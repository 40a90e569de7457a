import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../lib/options/environment.js';
import { FileStorage, type MaintenanceModuleOptions } from '../../lib/index.js';

const NOTHING = { ignore: {}, logout: {}, response: {}, bypass: {} };

const SWITCHES: [name: string, option: (value: boolean) => MaintenanceModuleOptions][] = [
  ['', (enabled) => ({ enabled })],
  ['_IGNORE_ANONYMOUS_USER', (anonymousUsers) => ({ ignore: { anonymousUsers } })],
  ['_IGNORE_AUTHENTICATED_USER', (authenticatedUsers) => ({ ignore: { authenticatedUsers } })],
  ['_IGNORE_STAFF', (staff) => ({ ignore: { staff } })],
  ['_IGNORE_SUPERUSER', (superusers) => ({ ignore: { superusers } })],
  ['_IGNORE_TESTS', (tests) => ({ ignore: { tests } })],
  ['_LOGOUT_AUTHENTICATED_USER', (authenticatedUsers) => ({ logout: { authenticatedUsers } })],
  ['_LOGOUT_STAFF_USER', (staff) => ({ logout: { staff } })],
  ['_LOGOUT_SUPERUSER', (superusers) => ({ logout: { superusers } })],
];

const VARIABLES = [
  ...SWITCHES.map(([name]) => name),
  '_STATE_FILE_PATH',
  '_IGNORE_URLS',
  '_IGNORE_IP_ADDRESSES',
  '_IGNORE_ADMIN_SITE',
  '_REDIRECT_URL',
  '_RESPONSE_TYPE',
  '_TEMPLATE',
  '_STATUS_CODE',
  '_RETRY_AFTER',
  '_BYPASS_SECRET',
];

const TEMPLATE = fileURLToPath(new URL('../../bench/support/maintenance.hbs', import.meta.url));
const SECRET = 'correct horse battery staple';

describe('the environment', () => {
  it('decides nothing if no variable is set, and so it is with those of others', () => {
    expect(readEnvironment({})).toEqual(NOTHING);
    expect(readEnvironment({ MAINTENANCE: '1', MAINTENANCE_MODES: '1', PORT: '3000' })).toEqual(NOTHING);
  });

  it.each(SWITCHES)('MAINTENANCE_MODE%s is a switch', (name, option) => {
    for (const [value, words] of [
      [true, ['true', 'True', 'TRUE', 'yes', 'on', '1', ' true ']],
      [false, ['false', 'False', 'no', 'off', '0']],
    ] as const) {
      for (const word of words) {
        expect(readEnvironment({ [`MAINTENANCE_MODE${name}`]: word })).toEqual({
          ...NOTHING,
          ...option(value),
        });
      }
    }
  });

  it.each<[name: string, text: string, options: MaintenanceModuleOptions]>([
    ['STATE_FILE_PATH', 'a/b.json', { storage: new FileStorage({ path: resolve('a/b.json') }) }],
    ['IGNORE_URLS', '/health', { ignore: { urls: ['/health'] } }],
    ['IGNORE_URLS', ' /health , /metrics/,,', { ignore: { urls: ['/health', '/metrics/'] } }],
    ['IGNORE_URLS', ',', { ignore: { urls: [] } }],
    ['IGNORE_IP_ADDRESSES', '10.0.0.0/8, ::1', { ignore: { ipAddresses: ['10.0.0.0/8', '::1'] } }],
    ['IGNORE_ADMIN_SITE', '/admin', { ignore: { adminSite: '/admin' } }],
    ['REDIRECT_URL', '/sorry', { response: { redirectUrl: '/sorry' } }],
    [
      'REDIRECT_URL',
      'https://status.example.org/',
      { response: { redirectUrl: 'https://status.example.org/' } },
    ],
    ['RESPONSE_TYPE', 'auto', { response: { type: 'auto' } }],
    ['RESPONSE_TYPE', 'html', { response: { type: 'html' } }],
    ['RESPONSE_TYPE', 'json', { response: { type: 'json' } }],
    ['TEMPLATE', TEMPLATE, { response: { template: TEMPLATE } }],
    ['STATUS_CODE', '500', { response: { statusCode: 500 } }],
    ['RETRY_AFTER', '0', { response: { retryAfterSeconds: 0 } }],
    ['RETRY_AFTER', ' 120 ', { response: { retryAfterSeconds: 120 } }],
    ['RETRY_AFTER', 'false', { response: { retryAfterSeconds: false } }],
    ['RETRY_AFTER', 'False', { response: { retryAfterSeconds: false } }],
    ['BYPASS_SECRET', SECRET, { bypass: { secret: SECRET } }],
  ])('MAINTENANCE_MODE_%s=%s is understood', (name, text, options) => {
    expect(readEnvironment({ [`MAINTENANCE_MODE_${name}`]: text })).toEqual({ ...NOTHING, ...options });
  });

  it.each(VARIABLES)('MAINTENANCE_MODE%s is as if it were not set if it is empty', (name) => {
    expect(readEnvironment({ [`MAINTENANCE_MODE${name}`]: '' })).toEqual(NOTHING);
    expect(readEnvironment({ [`MAINTENANCE_MODE${name}`]: '  ' })).toEqual(NOTHING);
  });

  it.each([
    ...SWITCHES.flatMap(([name]) => [
      [name, 'maybe'],
      [name, '2'],
    ]),
    ['', 'constructor'],
    ['', '__proto__'],
    ['_IGNORE_URLS', 'health'],
    ['_IGNORE_URLS', '/health,^/api'],
    ['_IGNORE_IP_ADDRESSES', '10.0.0.0/33'],
    ['_IGNORE_IP_ADDRESSES', '10.0.0.1;10.0.0.2'],
    ['_IGNORE_ADMIN_SITE', 'admin'],
    ['_REDIRECT_URL', '//evil.example.org'],
    ['_REDIRECT_URL', 'javascript:alert(1)'],
    ['_RESPONSE_TYPE', 'xml'],
    ['_TEMPLATE', 'no-such-template.hbs'],
    ['_STATUS_CODE', '5O3'],
    ['_STATUS_CODE', '99'],
    ['_STATUS_CODE', '204'],
    ['_STATUS_CODE', '0x1F7'],
    ['_RETRY_AFTER', '-1'],
    ['_RETRY_AFTER', '1.5'],
    ['_RETRY_AFTER', '1h'],
    ['_RETRY_AFTER', '99999999999'], // years
  ])('MAINTENANCE_MODE%s=%s does not parse: the error names the variable', (name, text) => {
    const variable = `MAINTENANCE_MODE${name}`;
    expect(() => readEnvironment({ [variable]: text })).toThrow(
      expect.objectContaining({ code: 'MAINTENANCE_OPTIONS', path: variable }),
    );
  });

  it('does not tell a secret that is too short', () => {
    const message =
      'MAINTENANCE_MODE_BYPASS_SECRET: expected a secret of at least 16 characters, and at most 100, got 9 characters';
    expect(() => readEnvironment({ MAINTENANCE_MODE_BYPASS_SECRET: 'hush hush' })).toThrow(
      expect.objectContaining({ message }),
    );
  });
});
