import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import { freePort } from './free-port.js';
import { describeWith, findProgram } from './programs.js';
import { until } from './until.js';

const run = promisify(execFile);

/** Where Debian has them: one directory for each major version. */
const DEBIAN = '/usr/lib/postgresql';
const VERSIONS = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
const postgres = findProgram('postgres', ...VERSIONS.map((version) => join(DEBIAN, version, 'bin')));

/** `describe`, which skips where there is no PostgreSQL server, but in CI. */
export const describeWithPostgres = describeWith(
  `No PostgreSQL server (looked for postgres in ${DEBIAN}/*/bin, then in PATH)`,
  postgres,
);

const USER = 'tester';
const PASSWORD = 'never-to-be-logged';

/** A server of its own: data in a temporary directory, a free port, no password asked for. */
export class PostgresServer {
  #server: ChildProcess | null = null;
  #frozen: readonly number[] = [];

  private constructor(
    private readonly directory: string,
    private readonly port: number,
    private readonly owner: Owner,
  ) {}

  static async start(): Promise<PostgresServer> {
    const owner = ownerOfServers();
    const directory = await mkdtemp(join(tmpdir(), 'maintenance-postgres-'));
    if (owner.uid !== undefined) await chown(directory, owner.uid, owner.gid);
    const server = new PostgresServer(directory, await freePort(), owner);
    try {
      const options = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
      await run(programBeside('initdb'), ['-D', server.#data, '-U', USER, ...options], {
        cwd: directory,
        ...owner,
      });
      await server.start();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** With a password, which the server does not ask for, so that a test can look where it turns up. */
  get url(): string {
    return `postgresql://${USER}:${PASSWORD}@127.0.0.1:${this.port}/postgres`;
  }

  get password(): string {
    return PASSWORD;
  }

  /** Starts it, also again after `stop`: on the same port, with the same data. */
  async start(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'max_connections=60',
    ];
    const args = [
      '-D',
      this.#data,
      '-p',
      String(this.port),
      ...settings.flatMap((setting) => ['-c', setting]),
    ];
    const server = spawn(programBeside('postgres'), args, {
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...this.owner,
    });
    this.#server = server;
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
    await until(
      'PostgreSQL to answer',
      async () => {
        if (hasEnded(server)) throw new Error(`PostgreSQL has ended:\n${log}`);
        return this.query('SELECT 1').then(
          () => true,
          () => false,
        );
      },
      60_000,
    );
  }

  /** Ends it at once, as a crash does to its clients. */
  async stop(): Promise<void> {
    this.thaw();
    const server = this.#server;
    this.#server = null;
    if (server === null || hasEnded(server)) return;
    const gone = once(server, 'exit');
    server.kill('SIGQUIT');
    await gone;
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Runs a statement on a connection of its own. */
  async query<Row extends QueryResultRow>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return this.connected(async (client) => (await client.query<Row>(statement, [...values])).rows);
  }

  /** Gives a connection to `work`, and closes it. */
  async connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(this.url);
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Ends the connections of an application, as an administrator or a failover does; returns how many there were. */
  async terminate(applicationName: string): Promise<number> {
    const ended = await this.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [applicationName],
    );
    return ended.length;
  }

  /** Stops all its processes that have to do with clients (SIGSTOP): connections stay open, and nothing answers. */
  async freeze(): Promise<void> {
    const { pid } = this.#server ?? {};
    if (pid === undefined) throw new Error('The server is not running.');
    await this.connected(async (client) => {
      // First the one that takes connections, so that those which are there now are all that there are.
      process.kill(pid, 'SIGSTOP');
      this.#frozen = [pid];
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
      );
      for (const backend of rows) process.kill(backend.pid, 'SIGSTOP');
      this.#frozen = [pid, ...rows.map((backend) => backend.pid)];
    });
  }

  thaw(): void {
    const frozen = this.#frozen;
    this.#frozen = [];
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
  }

  get #data(): string {
    return join(this.directory, 'data');
  }
}

type Owner =
  { readonly uid: number; readonly gid: number } | { readonly uid?: undefined; readonly gid?: undefined };

/** PostgreSQL refuses to run as root: then it is Debian's own user of it, or nobody. */
function ownerOfServers(): Owner {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody".');
}

function programBeside(name: string): string {
  if (postgres === undefined) throw new Error('There is no PostgreSQL server: use describeWithPostgres.');
  // The one in PATH may be a link to where the others are.
  return join(dirname(realpathSync(postgres)), name);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
