import { describe, expect, it } from '@jest/globals';
import { MaintenanceOptionsError } from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';

const nothing = (): void => {};
const storage = { name: 'mine', atomic: false, read: nothing, write: nothing };

describe('A wrong option', () => {
  it.each<[path: string, options: object, message: string]>([
    ['enabled', { enabled: 'yes' }, 'expected true or false, got "yes"'],
    ['enabled', { enabled: null }, 'expected true or false, got null'],
    ['storage', { storage: 'file' }, 'expected a MaintenanceStorage such as new FileStorage(), got "file"'],
    ['storage', { storage: null }, 'expected a MaintenanceStorage such as new FileStorage(), got null'],
    ['storage.name', { storage: { ...storage, name: undefined } }, 'expected a string'],
    ['storage.atomic', { storage: { ...storage, atomic: 'no' } }, 'expected a boolean'],
    ['storage.read', { storage: { ...storage, read: undefined } }, 'expected a function'],
    ['storage.write', { storage: { ...storage, write: 1 } }, 'expected a function'],
    ['sync', { sync: 1000 }, 'expected an object, got 1000'],
    [
      'sync.pollIntervalMs',
      { sync: { pollIntervalMs: 9 } },
      'expected a whole number from 10 to 2147483647, got 9',
    ],
    ['sync.pollIntervalMs', { sync: { pollIntervalMs: 2 ** 31 } }, 'got 2147483648'],
    ['sync.timeoutMs', { sync: { timeoutMs: 0 } }, 'expected a whole number from 1 to 2147483647, got 0'],
    ['sync.timeoutMs', { sync: { timeoutMs: 1.5 } }, 'got 1.5'],
    ['sync.timeoutMs', { sync: { timeoutMs: Number.NaN } }, 'got NaN'],
    ['unknownState', { unknownState: 'shut' }, 'expected "open" or "closed" or "throw", got "shut"'],
    ['user', { user: [] }, 'expected an object, got an array'],
    ['user.get', { user: { get: 'request.user' } }, 'expected a function that takes the request'],
    [
      'user.id',
      { user: { id: 'email' } },
      'expected a function that takes the user and returns a string or a number, got "email"',
    ],
    ['user.isSuperuser', { user: { isSuperuser: true } }, 'expected a function'],
    ['response', { response: 'json' }, 'expected an object'],
    [
      'response.type',
      { response: { type: 'xml' } },
      'expected "auto", "html", "json" or a function, got "xml"',
    ],
    ['response.template', { response: { template: '' } }, 'expected a string that is not empty, got ""'],
    [
      'response.context',
      { response: { context: {} } },
      'expected a function that takes the request and the status',
    ],
    ...[199, 600, 503.5, '503', Number.NaN, Infinity].map((statusCode): [string, object, string] => [
      'response.statusCode',
      { response: { statusCode } },
      `expected a whole number from 200 to 599, got ${JSON.stringify(statusCode) === 'null' ? statusCode : JSON.stringify(statusCode)}`,
    ]),
    ...[204, 205, 304].map((statusCode): [string, object, string] => [
      'response.statusCode',
      { response: { statusCode } },
      `expected a status code whose response has a body (not 204, 205 or 304), got ${statusCode}`,
    ]),
    ['response.retryAfterSeconds', { response: { retryAfterSeconds: -1 } }, 'or false, got -1'],
    ['response.retryAfterSeconds', { response: { retryAfterSeconds: true } }, 'or false, got true'],
    ['response.retryAfterSeconds', { response: { retryAfterSeconds: '3600' } }, 'or false, got "3600"'],
    ...[
      'maintenance',
      '//evil.example',
      '/\\evil.example',
      '/a\tb',
      'javascript:alert(1)',
      'ftp://x',
      'http://',
      '',
    ].map((redirectUrl): [string, object, string] => [
      'response.redirectUrl',
      { response: { redirectUrl } },
      `expected a path such as "/maintenance" or an absolute http or https URL, percent-encoded, got ${JSON.stringify(redirectUrl)}`,
    ]),
    ['response.headers', { response: { headers: [] } }, 'expected an object, got an array'],
    ['response.headers.X-A', { response: { headers: { 'X-A': 1 } } }, 'expected the value of a header'],
    [
      'response.headers.X-A',
      { response: { headers: { 'X-A': 'a\r\nb: c' } } },
      'expected the value of a header',
    ],
    [
      'response.headers.X A',
      { response: { headers: { 'X A': 'a' } } },
      'expected the name of a header, got "X A"',
    ],
    [
      'response.headers.x-status',
      { response: { headers: { 'X-Status': 'a', 'x-status': 'b' } } },
      'expected a header once, and it stands as "X-Status" too, got "x-status"',
    ],
    ...[
      'Cache-Control',
      'content-length',
      'Content-Type',
      'Location',
      'maintenance-mode',
      'Retry-After',
      'Transfer-Encoding',
      'VARY',
      'X-Content-Type-Options',
    ].map((name): [string, object, string] => [
      `response.headers.${name}`,
      { response: { headers: { [name]: 'x' } } },
      'expected a header that the maintenance response does not set itself',
    ]),
    ['bypass', { bypass: 'a secret that is long enough' }, 'expected an object'],
    ['bypass.maxAgeSeconds', { bypass: { maxAgeSeconds: 0 } }, 'expected a whole number from 1'],
    ['bypass.cookieName', { bypass: { cookieName: '' } }, 'expected the name of a cookie'],
    ['bypass.cookieName', { bypass: { cookieName: 'a b' } }, 'expected the name of a cookie'],
    ['bypass.cookieName', { bypass: { cookieName: 'a;Path=/' } }, 'expected the name of a cookie'],
    ['bypass.cookieName', { bypass: { cookieName: 'a=b' } }, 'expected the name of a cookie'],
    ['bypass.cookieName', { bypass: { cookieName: 'b\u00fcro' } }, 'expected the name of a cookie'],
    ['bypass.cookieName', { bypass: { cookieName: '__Host-a' } }, 'expected the name of a cookie'],
    ['bypass.cookieName', { bypass: { cookieName: '__secure-a' } }, 'expected the name of a cookie'],
    ['controller', { controller: 'maintenance' }, 'expected an object, got "maintenance"'],
    ['controller', { controller: true }, 'expected an object, got true'],
    ['controller.path', { controller: { path: '' } }, 'expected a string that is not empty, got ""'],
    ['controller.path', { controller: { path: ['a'] } }, 'expected a string that is not empty, got an array'],
    ['controller.guards', { controller: { guards: nothing } }, 'expected an array of guards, got a function'],
    ['controller.guards', { controller: { guards: ['jwt'] } }, 'expected an array of guards'],
    [
      'controller.decorators',
      { controller: { decorators: ['Public'] } },
      'expected an array of class decorators',
    ],
    ['controller.confirm', { controller: { confirm: 0 } }, 'expected true or false, got 0'],
  ])('%s: %j fails at boot and says: %s', async (path, options, message) => {
    const error = await bootError(options);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path, code: 'MAINTENANCE_OPTIONS' });
    expect(String(error)).toContain(`${path}: `);
    expect(String(error)).toContain(message);
  });

  it.each<[path: string, options: object]>([
    ['enabeld', { enabeld: true }],
    ['sync.pollInterval', { sync: { pollInterval: 5 } }],
    ['user.isAdmin', { user: { isAdmin: nothing } }],
    ['response.status', { response: { status: 503 } }],
    ['bypass.maxAge', { bypass: { maxAge: 5 } }],
    ['controller.prefix', { controller: { prefix: 'x' } }],
    ['toString', { toString: nothing }],
    ['response.constructor', { response: { constructor: 1 } }],
  ])('with the unknown name %s fails at boot and lists the known ones', async (path, options) => {
    const error = await bootError(options);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path });
    expect(String(error)).toMatch(/expected one of \w+(, \w+)+, got an unknown name/);
  });

  it.each([
    ['too short', 'hunter2-hunter2'],
    ['longer than Fastify takes it in a path', 'hunter2-'.repeat(13)],
    ['no text', 8_152_637_485_960_718],
    ['a list', ['hunter2-hunter2-hunter2']],
  ])('bypass.secret that is %s fails at boot, and is never printed', async (_, secret) => {
    const error = await bootError({ bypass: { secret } });
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: 'bypass.secret' });
    const printed = `${String(error)}\n${(error as Error).stack ?? ''}\n${JSON.stringify(error)}`;
    expect(printed).toContain('expected a secret of at least 16 characters');
    expect(printed).not.toMatch(/hunter2|8152637485960718/);
  });

  it('is not what undefined is: that counts as absent', async () => {
    const options = {
      enabled: undefined,
      sync: undefined,
      response: { statusCode: undefined },
      controller: undefined,
    };
    expect(await bootError(options)).toBe('it booted');
  });
});
