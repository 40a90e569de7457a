import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Next, Res, UseGuards } from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import { MaintenanceOff, MaintenanceService } from '../../lib/index.js';
import { type Ended, runBuilt } from '../support/built.js';
import { closeApps, platforms } from '../support/platforms.js';
import { rawRequest } from '../support/raw-request.js';
import { answering } from './raw-parts.js';

afterEach(closeApps);

class NoGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Controller('missing')
class MissingController {
  @Get()
  @MaintenanceOff()
  @UseGuards(NoGuard)
  missing(@Res() reply: { callNotFound?: () => void }, @Next() next: () => void): void {
    if (reply.callNotFound) reply.callNotFound();
    else next();
  }
}

/** Ways of failing, and how many lines are logged in two maintenances. */
const FAILURES: readonly [failure: string, linesInAll: number][] = [
  ['throwing CORS', 2],
  ['failing CORS', 2],
  ['later failing CORS', 2],
  ['doubled CORS', 0],
  ['failing doubled CORS', 2],
  ['textless CORS', 2],
  ['later textless CORS', 2],
  ['silent CORS', 2],
  ['late CORS', 2],
  ['late failing CORS', 2],
  ['refused header', 2],
  // A rule is reported for as long as it fails, whatever the maintenance.
  ['throwing proxy', 1],
];

interface Outcome {
  readonly failure: string;
  readonly statuses: readonly number[];
  readonly lines: readonly string[];
}

describe.each(platforms)('On %s', (platform, createApp) => {
  let ended: Ended;
  let outcomes: readonly Outcome[];

  beforeAll(async () => {
    const failures = [...FAILURES.map(([failure]) => failure), 'odd targets'];
    ended = await runBuilt('hostile-callbacks', platform, ...failures);
    outcomes = ended.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Outcome);
  });

  /** Undefined if the process has ended before, or by it. */
  const outcomeOf = (failure: string): Outcome | undefined =>
    outcomes.find((outcome) => outcome.failure === failure);

  it('a process survives all of these failures', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(FAILURES)(
    'a process with %s answers every blocked request, and logs it %i times in two maintenances',
    (failure, linesInAll) => {
      const outcome = outcomeOf(failure);
      expect(outcome?.statuses).toEqual(Array.from({ length: 12 }, () => 503));
      expect(outcome?.lines).toHaveLength(linesInAll);
    },
  );

  it('a process with CORS survives targets that cannot be read', () => {
    const statuses = outcomeOf('odd targets')?.statuses ?? [];
    expect(statuses).toHaveLength(32);
    expect(statuses.filter((status) => ![400, 404, 503].includes(status))).toEqual([]);
  });

  it("an open handler's own 404 is its answer, and nothing behind it is served", async () => {
    const { port, get } = await createApp({
      controllers: [MissingController],
      configure: async (app) => {
        await app.init();
        // On Fastify middleware stands in front of all handlers.
        if (platform === 'express') app.use('/missing', answering(200, 'behind'));
      },
    });
    await get(MaintenanceService).enable();
    const { status, headers, body } = await rawRequest(port, '/missing');
    expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({
      status: 404,
      body: { statusCode: 404, message: 'Cannot GET /missing' },
    });
    expect(headers).not.toHaveProperty('maintenance-mode');
  });
});
