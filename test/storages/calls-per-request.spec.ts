import { Agent, get } from 'node:http';
import { Controller, Get } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceService } from 'nestjs-maintenance-mode';
import { FaultyStorage } from '../support/faulty.storage.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

const CONNECTIONS = 20;
const REQUESTS_EACH = 100;

@Controller('teas')
class TeaController {
  @Get()
  teas(): string[] {
    return ['Assam'];
  }
}

/** 2,000 requests; how often each status was answered. */
async function burst(url: string): Promise<Map<number, number>> {
  const answers = new Map<number, number>();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const one = async (): Promise<void> => {
    const status = await new Promise<number>((resolve, reject) => {
      get(url, { agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      }).once('error', reject);
    });
    answers.set(status, (answers.get(status) ?? 0) + 1);
  };
  const inTurn = async (): Promise<void> => {
    for (let number = 0; number < REQUESTS_EACH; number += 1) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, inTurn));
  agent.destroy();
  return answers;
}

describe.each(platforms)('Requests on %s', (_, createApp) => {
  it('make no call of the storage, neither during maintenance nor without it', async () => {
    const storage = new FaultyStorage();
    // Not polled within the test, so each call there is would be a request's.
    const options = { storage, sync: { pollIntervalMs: 2 ** 30 } };
    const { url, get: provider } = await createApp({ options, controllers: [TeaController] });
    const maintenance = provider(MaintenanceService);

    const before = calls(storage);
    expect(await burst(`${url}/teas`)).toEqual(new Map([[200, CONNECTIONS * REQUESTS_EACH]]));
    expect(calls(storage)).toBe(before);

    await maintenance.enable();
    const whileOn = calls(storage);
    expect(whileOn).toBeGreaterThan(before);
    expect(await burst(`${url}/teas`)).toEqual(new Map([[503, CONNECTIONS * REQUESTS_EACH]]));
    expect(calls(storage)).toBe(whileOn);
  });

  it('make none either while the storage cannot be read: only the retries do', async () => {
    const storage = new FaultyStorage();
    const options = { storage, sync: { pollIntervalMs: 2 ** 30 } };
    const { url, get: provider } = await createApp({ options, controllers: [TeaController] });
    const maintenance = provider(MaintenanceService);
    await maintenance.enable();
    storage.faultyRead = () => Promise.reject(new Error('down'));
    await expect(maintenance.refresh()).rejects.toThrow('down');
    const before = calls(storage);
    expect(await burst(`${url}/teas`)).toEqual(new Map([[503, CONNECTIONS * REQUESTS_EACH]]));
    // There is a retry now and then; 2,000 requests would make 2,000 calls.
    expect(calls(storage) - before).toBeLessThan(20);
  });
});

function calls({ reads, writes }: FaultyStorage): number {
  return reads + writes;
}
