import { IncomingMessage, ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { MaintenanceOptionsError } from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';

const REFUSED: [name: string, value: string][] = [
  ['Trailer', 'x'],
  ['trailer', 'Expires'],
  ['Transfer-Encoding', 'chunked'],
  ['Content-Length', '3'],
  ['Content-Encoding', 'gzip'],
  ['Content-Range', 'bytes 0-1/2'],
  ['Content-Type', 'text/plain'],
  ['Connection', 'close'],
  ['Keep-Alive', 'timeout=5'],
  ['Proxy-Connection', 'close'],
  ['Upgrade', 'h2c'],
  ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
  ['TE', 'gzip'],
  ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  [':status', '200'],
  [':path', '/'],
  ['', 'x'],
  ['X Y', 'x'],
  ['X:Y', 'x'],
  ['X-\u00e9', 'x'],
  ['X-A\r\nX-B', 'x'],
  ['X-A', 'a\r\nX-B: b'],
  ['X-A', 'a\u0000'],
  ['X-A', 'a\u007f'],
  ['X-A', '\u0100'],
  ['X-A', ' a'],
  ['X-A', 'a\t'],
];

describe('response.headers', () => {
  it.each(REFUSED)('that has %j: %j is refused at boot', async (name, value) => {
    const error = await bootError({ response: { headers: { [name]: value } } });
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: `response.headers.${name}` });
  });

  it('that has __proto__ is refused at boot', async () => {
    const headers: unknown = JSON.parse('{"__proto__": "x"}');
    expect(await bootError({ response: { headers } })).toMatchObject({ path: 'response.headers.__proto__' });
  });

  it('takes what a page may want', async () => {
    const headers = {
      'X-Frame-Options': 'DENY',
      'Set-Cookie': 'a=b; Path=/',
      'Content-Language': 'de',
      Link: '</a>; rel="help"',
      'X-Empty': '',
      'X-Latin': '\u00e9',
      constructor: 'x',
    };
    expect(await bootError({ response: { headers } })).toBe('it booted');
  });

  // Of all names that this Node knows.
  it('has none that Node refuses when it writes the head', async () => {
    const names = Object.entries(constants).flatMap(([constant, name]) =>
      constant.startsWith('HTTP2_HEADER_') && typeof name === 'string' ? [name] : [],
    );
    const refused = names.filter((name) => {
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      try {
        response.writeHead(503, { [name]: 'x', 'Content-Length': '1' });
        return false;
      } catch {
        return true;
      }
    });
    expect(refused).toEqual(expect.arrayContaining(['trailer', ':path']));
    for (const name of refused)
      expect(await bootError({ response: { headers: { [name]: 'x' } } })).not.toBe('it booted');
  });
});
