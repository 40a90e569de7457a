import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { MaintenanceService } from '../../lib/index.js';
import { closeApps } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { expectBlocked } from './blocked.js';
import { everywhere } from './layouts.js';
import { ClosedController, OffController } from './routes.js';

interface Adapter {
  setOnRequestHook(hook: (request: object, response: object, done: () => void) => void): void;
}

/** What another library does that wants to see each request first. */
function hook(app: INestApplication, seen: string[], name: string): void {
  (app.getHttpAdapter() as unknown as Adapter).setOnRequestHook((_request, _response, done) => {
    seen.push(name);
    done();
  });
}

afterEach(closeApps);

describe.each(everywhere)('With a request hook of another library, on %s,', (_, { base, createApp }) => {
  it.each(['before the start', 'after the start', 'while maintenance is on'])(
    'set %s, both run',
    async (when) => {
      const seen: string[] = [];
      const { app, port, get } = await createApp({
        controllers: [OffController, ClosedController],
        configure: (starting) => {
          if (when === 'before the start') hook(starting, seen, when);
        },
      });
      if (when === 'after the start') hook(app, seen, when);
      expect(await rawRequest(port, `${base}/closed`)).toMatchObject({ status: 200, body: 'closed' });
      await get(MaintenanceService).enable();
      if (when === 'while maintenance is on') hook(app, seen, when);
      seen.length = 0;
      expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'off' });
      // Once for a request, whoever comes first.
      expect(seen).toEqual([when]);
      for (const path of [`${base}/closed`, '/nowhere']) expectBlocked(await rawRequest(port, path));
      await get(MaintenanceService).disable();
      seen.length = 0;
      expect(await rawRequest(port, `${base}/closed`)).toMatchObject({ status: 200, body: 'closed' });
      expect(seen).toEqual([when]);
    },
  );

  it('of which the later takes the place of the earlier one, as ever, but not of ours', async () => {
    const seen: string[] = [];
    const { app, port, get } = await createApp({
      controllers: [OffController, ClosedController],
      configure: (starting) => hook(starting, seen, 'first'),
    });
    hook(app, seen, 'second');
    hook(app, seen, 'third');
    await get(MaintenanceService).enable();
    for (const path of [`${base}/closed`, '/nowhere']) expectBlocked(await rawRequest(port, path));
    expect(await rawRequest(port, `${base}/off`)).toMatchObject({ status: 200, body: 'off' });
    expect(seen.at(-1)).toBe('third');
  });
});
