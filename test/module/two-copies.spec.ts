import { describe, expect, it } from '@jest/globals';
import { runBuilt } from '../support/built.js';

describe.each(['express', 'fastify'])('Two copies of the package in one process, on %s', (adapter) => {
  it.each(['import', 'require'])('know each other, with the module from %s', async (way) => {
    const { code, stdout, stderr } = await runBuilt('two-copies', adapter, way);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      areTwo: true,
      areServicesOne: true,
      off: { page: 200, health: 200, closed: 503, billing: 200 },
      sentWhileOff: 1,
      billing: { page: 200, billing: 503 },
      on: { page: 503, health: 200, billing: 503 },
      sentWhileOn: 1,
      exception: { isMaintenanceException: true, instanceof: true },
      conflict: { own: true, other: true, base: true, another: false, toggle: 409 },
      both: expect.stringContaining('imported twice'),
    });
  });
});
