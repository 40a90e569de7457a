import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'redis';

/** A redis-server on a free port that writes nothing to disk: if it is killed, its data is lost. */
export class RedisServer {
  #process: ChildProcess | null = null;

  private constructor(private readonly port: number) {
    // Also if something else fails: it would outlive this process.
    process.once('exit', () => this.#process?.kill('SIGKILL'));
  }

  static async start(): Promise<RedisServer> {
    const redis = new RedisServer(await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const settings = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#process = spawn('redis-server', settings, { stdio: 'ignore' });
    const failed = once(this.#process, 'error').then(([error]) => Promise.reject(error as Error));
    await Promise.race([this.#answers(), failed]);
    failed.catch(() => undefined);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    if (process === null || process.pid === undefined) return;
    const exit = once(process, 'exit');
    process.kill('SIGKILL');
    await exit;
  }

  /** Runs a command on a separate connection. */
  async command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  async #answers(): Promise<void> {
    while (!(await this.command('PING').catch(() => null))) await delay(20);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
