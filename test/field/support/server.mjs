import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Starts an application that takes its port from `PORT`, and resolves when Nest says that it has started. */
export async function start(script, cwd) {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), NO_COLOR: '1' };
  const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const started = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (output.includes('successfully started')) resolve();
      });
    }
    child.once('error', reject);
    child.once('close', () => reject(new Error(`It ended before it had started.\n${output}`)));
  });
  await started;
  return { url: `http://127.0.0.1:${port}`, kill: () => child.kill('SIGKILL') };
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
