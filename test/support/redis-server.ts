import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { describeWith, findProgram } from './programs.js';
import { makeDirectory, removeDirectories } from './temporary-directory.js';
import { until } from './until.js';

const redisServer = findProgram('redis-server');
const run = promisify(execFile);

/** Longer than a busy machine takes to start a process. */
const PATIENCE_MS = 30_000;

/** `describe`, which skips where there is no redis-server, but in CI. */
export const describeWithRedis = describeWith('No redis-server (looked in PATH)', redisServer);

const running = new Set<RedisServer>();

/** A real redis-server, or a sentinel, on a port of its own, that can be stopped in every way. */
export class RedisServer {
  #process: ChildProcess | null = null;
  #output = '';

  constructor(
    readonly port: number,
    private readonly settings: readonly string[],
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty, and resolves once it answers. */
  async start(): Promise<this> {
    running.add(this);
    const child = spawn(redisServer ?? 'redis-server', [...this.settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (this.#output += chunk));
    }
    await until(
      'redis-server answers',
      async () => {
        if (child.exitCode !== null) throw new Error(`redis-server has ended:\n${this.#output}`);
        return (await this.cli('PING').catch(() => '')) === 'PONG';
      },
      PATIENCE_MS,
    );
    return this;
  }

  /** What `redis-cli` answers, on a connection of its own. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-e', '-p', `${this.port}`, ...args]);
    return stdout.trimEnd();
  }

  /** Sends commands of words without spaces in one piece, so that nothing comes between them. */
  async pipe(...commands: readonly (readonly string[])[]): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    socket.end(`${commands.map((words) => words.join(' ')).join('\r\n')}\r\n`).resume();
    await once(socket, 'close');
  }

  /** Stops the process where it stands: connections stay open, nothing is answered. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it without a chance to tidy up. Nothing that it held survives. */
  async kill(): Promise<void> {
    running.delete(this);
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** A server that is not started yet, for what is to be down at first. */
export async function redisServerOn(port?: number, ...settings: string[]): Promise<RedisServer> {
  const directory = await makeDirectory();
  const at = port ?? (await freePort());
  const always = ['--port', `${at}`, '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  // A master otherwise waits five seconds for more replicas than the one that has come.
  const atOnce = ['--repl-diskless-sync-delay', '0'];
  return new RedisServer(at, [...always, '--appendonly', 'no', ...atOnce, ...settings]);
}

/** A running, empty server. */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  return (await redisServerOn(undefined, ...settings)).start();
}

/** For `afterEach` or `afterAll`: ends all servers, and removes what they have left. */
export async function stopRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
  await removeDirectories();
}

/** A cluster of three masters, all slots served. */
export async function startRedisCluster(): Promise<readonly RedisServer[]> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const bus = ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`];
      return startRedis(...bus);
    }),
  );
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const [first] = nodes;
  await first?.cli('--cluster', 'create', ...addresses, '--cluster-yes');
  for (const node of nodes) {
    await until(
      'the cluster serves all slots on each node',
      async () => {
        const info = await node.cli('CLUSTER', 'INFO');
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
      },
      PATIENCE_MS,
    );
  }
  return nodes;
}

export interface SentinelGroup {
  readonly name: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinel: RedisServer;
}

/** A master with a replica that follows it, and a sentinel that watches over both. */
export async function startRedisSentinel(): Promise<SentinelGroup> {
  const master = await startRedis();
  const replica = await startRedis('--replicaof', '127.0.0.1', `${master.port}`);
  await until(
    'the replica follows its master',
    async () => (await replica.cli('INFO', 'replication')).includes('master_link_status:up'),
    PATIENCE_MS,
  );
  const name = 'maintained';
  const port = await freePort();
  const directory = await makeDirectory();
  const sentinel = new RedisServer(port, [
    // A sentinel rewrites its file; one of its own, made from these lines.
    await sentinelFile(directory, [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 2000`,
    ]),
    '--sentinel',
  ]);
  await sentinel.start();
  await until(
    'the sentinel knows the replica',
    async () => (await sentinel.cli('SENTINEL', 'REPLICAS', name)).includes(`${replica.port}`),
    PATIENCE_MS,
  );
  return { name, master, replica, sentinel };
}

async function sentinelFile(directory: string, lines: readonly string[]): Promise<string> {
  const path = join(directory, 'sentinel.conf');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}
