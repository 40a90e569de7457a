import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, askUntil } from '../../package/support/http.mjs';

/**
 * Starts an application that takes its port from `PORT`, and resolves when it answers.
 *
 * @param node the program; `flags` are its own.
 */
export async function start(script, cwd, { node = process.execPath, flags = [] } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, PORT: String(port), NO_COLOR: '1' };
  const child = spawn(node, [...flags, script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const isUp = () =>
    ask(url).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It has ended.\n${output}`);
    await delay(50);
  }
  return { url, kill: () => child.kill('SIGKILL') };
}

/** Checks that it answers 200, then 503 once its state file says so, and 200 again. */
export async function openAndClose(script, cwd, options) {
  const app = await start(script, cwd, options);
  try {
    await askUntil(200, app.url);
    for (const [text, status] of [
      ['1', 503],
      ['0', 200],
    ]) {
      await writeFile(join(cwd, 'maintenance-state.json'), `${text}\n`);
      await askUntil(status, app.url);
    }
  } finally {
    app.kill();
  }
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
