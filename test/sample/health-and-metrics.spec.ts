import { afterEach, expect, it } from '@jest/globals';
import request from 'supertest';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { killSamples, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

afterEach(async () => {
  await killCommands();
  await killSamples();
  await removeDirectories();
});

it('the sample of health and metrics answers probes and scrapes during maintenance', async () => {
  const directory = await makeProject();
  const { said, output, stop } = await startSample(
    '13-health-and-metrics',
    directory,
    /The shop: (http\S+)\n/,
  );
  const url = said[1] ?? '';
  const metrics = async (): Promise<string> => (await request(url).get('/metrics').expect(200)).text;
  await request(url).get('/').expect(200);
  expect(await metrics()).toContain('maintenance_active{scope="",mode="full"} 0\n');
  await command(directory, 'on', '--for', '30m');
  await until('maintenance is active', async () => (await request(url).get('/')).status === 503);
  await request(url).get('/health/live').expect(200, { status: 'ok' });
  const { body } = await request(url).get('/health/ready').expect(200);
  expect(body.details.maintenance).toMatchObject({ status: 'up', state: 'active' });
  const { type, text } = await request(url).get('/metrics').expect(200);
  expect(type).toBe('text/plain');
  expect(text).toContain('maintenance_active{scope="",mode="full"} 1\n');
  expect(text).toMatch(/^maintenance_end_timestamp_seconds\{scope=""\} \d+/m);
  expect(text).toMatch(/^maintenance_blocked_requests_total\{transport="http"\} [1-9]/m);
  expect(output()).not.toContain('Health checks of this application get a 503');
  expect(await stop()).toEqual({ code: 0, signal: null });
});
