import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceService } from '../../lib/index.js';
import { AnyPathController } from '../support/any-path.js';
import { closeApps } from '../support/platforms.js';
import { type RawAnswer, rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { OffController } from './routes.js';

/** `<base>` is where the routes stand, `<host>` this very server. */
const SPELLINGS = [
  '<base>/off',
  '<base>/OFF',
  '<base>/oFf',
  '<base>/off/',
  '<base>/off//',
  '<base>//off',
  '/<base>/off',
  '<base>/%6fff',
  '<base>/%6Fff',
  '<base>/%4Fff',
  '<base>/o%66%66',
  '<base>/%256fff',
  '<base>%2foff',
  '<base>%2Foff',
  '<base>%5coff',
  '<base>\\off',
  '<base>/off%2f',
  '<base>/off%5c',
  '<base>/off;x',
  '<base>/off;x=/y',
  '<base>/off%3bx',
  '<base>/;/off',
  '<base>/x;/off',
  '<base>/x#/off',
  '<base>/off#x',
  '<base>/off%23x',
  '<base>/x?y=/off',
  '<base>/x?/off',
  '<base>/off?x',
  '<base>/off?/../x',
  '<base>/off%3fx',
  'http://off/x',
  'http://off<base>/off',
  'http://<host><base>/off',
  'HTTP://<host><base>/off',
  'https://<host><base>/off',
  'http://<host><base>/x?/off',
  '//off/x',
  '//<host><base>/off',
  '<base>/off/../x',
  '<base>/off/..%2fx',
  '<base>/off/%2e%2e/x',
  '<base>/off/.%2E/x',
  '<base>/off/..;/x',
  '<base>/off/..\\x',
  '<base>/x/../off',
  '<base>/x/%2e%2e/off',
  '<base>/./off',
  '<base>/%2e/off',
  '<base>/off/.',
  '<base>/off.',
  '<base>/off..',
  '<base>/off.json',
  '<base>/off%00',
  '<base>/off%00x',
  '<base>/off%0a',
  '<base>/off%20',
  '<base>/off+',
  '<base>/off%',
  '<base>/off%zz',
  '<base>/%zz/off',
  '<base>/off%ff',
  '<base>/o\u00adff',
  '<base>/o%C2%ADff',
  '<base>/%EF%BD%8Fff',
  '<base>/off\u00a0',
  '<base>/x%0d%0a/off',
  'off',
  '*',
  '*/off',
];

afterEach(closeApps);

function said(answer: RawAnswer | undefined): string {
  const isBlocked = answer?.headers['maintenance-mode'] === 'active';
  return isBlocked ? `${answer?.status} blocked` : `${answer?.status} ${answer?.body}`;
}

describe.each(everywhere)('The path of an @MaintenanceOff route in other spellings, on %s,', (_, place) => {
  const { base, createApp } = place;

  async function answers(port: number): Promise<Map<string, RawAnswer>> {
    const found = new Map<string, RawAnswer>();
    for (const spelling of SPELLINGS) {
      const target = spelling.replace('<base>', base).replace('<host>', `127.0.0.1:${port}`);
      found.set(target, await rawRequest(port, target));
    }
    return found;
  }

  it('reaches that route if the router serves it, and nothing else', async () => {
    // Every other path is served by a handler that is blocked.
    const { port, get } = await createApp({ controllers: [OffController, AnyPathController] });
    const before = await answers(port);
    await get(MaintenanceService).enable();
    const during = await answers(port);
    // What Node or the router refuses stays refused, or is blocked.
    const expected = [...before].map(([target, answer]) => {
      if (answer.body === 'off') return [target, '200 off'];
      return [
        target,
        answer.status === 400 && during.get(target)?.status === 400
          ? said(during.get(target))
          : '503 blocked',
      ];
    });
    expect([...during].map(([target, answer]) => [target, said(answer)])).toEqual(expected);
    // Nothing of the above has been for nothing.
    expect(before.get(`${base}/off`)?.body).toBe('off');
    expect([...before.values()].filter(({ body }) => body === 'served').length).toBeGreaterThan(10);
  });

  it('without other routes is that route or blocked as well', async () => {
    const { port, get } = await createApp({ controllers: [OffController] });
    const before = await answers(port);
    await get(MaintenanceService).enable();
    const during = await answers(port);
    for (const [target, answer] of during) {
      if (before.get(target)?.body === 'off') expect([target, answer.body]).toEqual([target, 'off']);
      else if (answer.status !== 400) expectBlocked(answer);
    }
  });
});
