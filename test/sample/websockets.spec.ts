import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { killSamples, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { closeClients, connectWs, refusalOf } from '../support/web-sockets.js';

const CLIENT = fileURLToPath(new URL('../../dist-sample/08-websockets/client.js', import.meta.url));

const clients = new Set<ChildProcess>();

afterEach(async () => {
  await closeClients();
  for (const client of clients) {
    const gone = once(client, 'exit');
    client.kill('SIGKILL');
    await gone;
  }
  clients.clear();
  await killCommands();
  await killSamples();
  await removeDirectories();
});

async function start(): Promise<{ url: string; directory: string }> {
  const directory = await makeProject();
  const { said } = await startSample('08-websockets', directory, /The auction: (ws\S+)\/auction\n/);
  return { url: said[1] ?? '', directory };
}

/** The sample's own client; what it has said until now. */
function startClient(url: string): () => string {
  const client = spawn(process.execPath, [CLIENT, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  clients.add(client);
  let text = '';
  client.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

describe('the sample of WebSockets', () => {
  it('sends bidders away, says why, and takes them back', async () => {
    const { url, directory } = await start();
    const said = startClient(`${url}/auction`);
    await until('a bid', () => said().includes('"highest":1'));
    await command(directory, 'on', '--reason', 'New hammer.');
    await until('the refusal', () => said().includes('Unexpected server response: 503'));
    expect(said()).toContain('"message":"New hammer."');
    expect(said()).toContain('closed: 1013 New hammer.\n');
    const refusal = await refusalOf(connectWs(`${url}/auction`));
    expect(refusal).toMatchObject({ status: 503, data: { detail: 'New hammer.' } });

    const status = await connectWs(`${url}/status`);
    status.send('status');
    expect(await status.next()).toEqual({
      event: 'status',
      data: { state: 'active', reason: 'New hammer.' },
    });

    await command(directory, 'off');
    await until('it is back', () => said().split('connected').length > 2);
  });
});
