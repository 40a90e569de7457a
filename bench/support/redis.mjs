import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
/**
 * A Redis for the bench alone, which keeps nothing.
 *
 * @param pin puts a command and its arguments on a core, where one is measured.
 */
export async function startRedis(pin = (command, args) => [command, args]) {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(...pin('redis-server', args), { stdio: 'ignore' });
  await once(server, 'spawn');
  while (!(await isListening(port))) await delay(20);
  const stop = async () => {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  };
  return { url: `redis://127.0.0.1:${port}`, stop };
}

async function isListening(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
