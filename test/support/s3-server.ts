import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { freePort } from './free-port.js';
import { until } from './until.js';

const execute = promisify(execFile);

/** Debian's packages: radosgw, ceph-mon, ceph-osd, ceph-common. */
export const S3_PROGRAMS = [
  'radosgw',
  'radosgw-admin',
  'ceph',
  'ceph-mon',
  'ceph-osd',
  'monmaptool',
  'ceph-authtool',
];

const ACCESS_KEY = 'test-access';
const SECRET_KEY = 'test-secret';
/** The whole cluster starts within a few seconds, on a busy machine within many. */
const START_LIMIT_MS = 120_000;
const LOOPBACK = '127.0.0.1';

/** Ceph's S3 gateway with a cluster of one machine behind it, which keeps everything in memory. */
export interface S3Server {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A client that the caller destroys. `endpoint` may be that of a proxy before it. */
  client(config?: S3ClientConfig): S3Client;
  /** Makes a bucket and resolves to its name. */
  makeBucket(): Promise<string>;
  /** Stops the gateway in the middle of what it does (SIGSTOP): connections stay open, and nothing answers. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
  /** Kills the gateway; what is stored stays. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  revive(): Promise<void>;
  /** Ends all and removes its directory. */
  stop(): Promise<void>;
}

/**
 * Starts a gateway on a free port. Behind it is a cluster of its own, in a temporary directory; in a run of Jest, one for all
 * spec files, since it takes long to start. Without Jest, so that benches can use it, too.
 */
export async function startS3Server(): Promise<S3Server> {
  const run = process.env['TEST_RUN'];
  const cluster = run === undefined ? await ownCluster() : await clusterOf(run);
  try {
    const gateway = new Gateway(cluster, await freePort());
    await gateway.start();
    await gateway.warmUp();
    return gateway;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function ownCluster(): Promise<CephCluster> {
  const cluster = new CephCluster(await mkdtemp(join(tmpdir(), 'maintenance-s3-')));
  await cluster.start();
  return cluster;
}

/** Whoever makes the directory starts the cluster; the others wait for it. It ends with the run. */
async function clusterOf(run: string): Promise<CephCluster> {
  const directory = join(tmpdir(), `maintenance-s3-${run}`);
  const cluster = new CephCluster(directory, run);
  const told = join(directory, 'told');
  try {
    await mkdir(directory);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    await until('the cluster of this run', () => existsSync(told), START_LIMIT_MS);
    const words = await readFile(told, 'utf8');
    if (words !== 'started')
      throw new Error(`The cluster of this run has not started: ${words}`, { cause: error });
    return cluster;
  }
  const tell = async (words: string): Promise<void> => {
    await writeFile(`${told}.new`, words);
    await rename(`${told}.new`, told);
  };
  try {
    await cluster.start();
    await tell('started');
    return cluster;
  } catch (error) {
    await tell(String(error));
    throw error;
  }
}

class Gateway implements S3Server {
  readonly credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };
  readonly endpoint: string;
  #process: ChildProcess | null = null;

  constructor(
    private readonly cluster: CephCluster,
    private readonly port: number,
  ) {
    this.endpoint = `http://${LOOPBACK}:${port}`;
  }

  async start(): Promise<void> {
    const frontends = `beast endpoint=${LOOPBACK}:${this.port}`;
    const gateway = this.cluster.spawn('radosgw', '-n', 'client.admin', '--rgw-frontends', frontends);
    this.#process = gateway;
    const answers = async (): Promise<boolean> => {
      if (gateway.exitCode !== null)
        throw new Error(`radosgw has ended: ${await this.cluster.logs('radosgw')}`);
      return fetch(this.endpoint).then(
        (response) => response.ok,
        () => false,
      );
    };
    await until('an answer of radosgw', answers, START_LIMIT_MS);
  }

  client(config: S3ClientConfig = {}): S3Client {
    return new S3Client({
      endpoint: this.endpoint,
      region: 'default',
      credentials: this.credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...config,
    });
  }

  /** The gateway makes its pools when they are used first, which takes seconds that no test has to spare. */
  async warmUp(): Promise<void> {
    const client = this.client();
    try {
      const place = { Bucket: await this.makeBucket(), Key: 'warm' };
      await client.send(new PutObjectCommand({ ...place, Body: 'warm' }));
      await client.send(new GetObjectCommand(place));
    } finally {
      client.destroy();
    }
  }

  async makeBucket(): Promise<string> {
    const client = this.client();
    try {
      const name = `bucket-${randomUUID()}`;
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    } finally {
      client.destroy();
    }
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.#process !== null) await this.cluster.end(this.#process);
  }

  revive(): Promise<void> {
    return this.start();
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}

/** One monitor and one object store, without a manager: nothing here asks for one. */
class CephCluster {
  readonly #configuration: string;
  readonly #keyring: string;
  readonly #processes = new Set<ChildProcess>();
  /** What a runner that ends early must not leave behind. */
  readonly #killAll = (): void => this.#processes.forEach((child) => child.kill('SIGKILL'));

  /** @param run of Jest: its cluster is not this process's own, and outlives it. */
  constructor(
    private readonly directory: string,
    private readonly run?: string,
  ) {
    this.#configuration = join(directory, 'ceph.conf');
    this.#keyring = join(directory, 'keyring');
    process.once('exit', this.#killAll);
  }

  async start(): Promise<void> {
    const monitorPort = await freePort();
    const id = randomUUID();
    for (const name of ['mon', 'osd', 'run', 'log']) await mkdir(join(this.directory, name));
    await writeFile(this.#configuration, this.#settings(id, monitorPort));
    const servers = [
      await this.#startMonitor(id, `[v2:${LOOPBACK}:${monitorPort}]`),
      await this.#startObjectStore(),
    ];
    if (this.run !== undefined) this.#endWith(this.run, servers);
    const user = [
      '--uid',
      'test',
      '--display-name',
      'test',
      '--access-key',
      ACCESS_KEY,
      '--secret-key',
      SECRET_KEY,
    ];
    await this.#run('radosgw-admin', 'user', 'create', ...user);
  }

  /** Starts a server that stays in the foreground, its output in a file of its name. */
  spawn(program: string, ...args: string[]): ChildProcess {
    const log = join(this.directory, 'log', `${program}.out`);
    const command = ['-c', 'exec "$@" >>"$0" 2>&1', log, program, '-c', this.#configuration, '-f', ...args];
    const child = spawn('sh', command, { stdio: 'ignore' });
    this.#processes.add(child);
    return child;
  }

  async logs(program: string): Promise<string> {
    return readFile(join(this.directory, 'log', `${program}.out`), 'utf8');
  }

  async end(child: ChildProcess): Promise<void> {
    this.#processes.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    process.off('exit', this.#killAll);
    await Promise.all([...this.#processes].map((child) => this.end(child)));
    if (this.run === undefined) await rm(this.directory, { recursive: true, force: true });
  }

  /** Leaves the servers, and the directory, to a process that ends them after the one that `run` begins with. */
  #endWith(run: string, servers: readonly ChildProcess[]): void {
    const pids = servers.map((server) => {
      this.#processes.delete(server);
      server.unref();
      return `${server.pid}`;
    });
    const watch = 'run=$1; shift; while kill -0 "$run"; do sleep 1; done; kill -KILL "$@"; rm -rf "$0"';
    const [pid = ''] = run.split('-');
    spawn('sh', ['-c', watch, this.directory, pid, ...pids], { detached: true, stdio: 'ignore' }).unref();
  }

  async #startMonitor(id: string, addresses: string): Promise<ChildProcess> {
    const map = join(this.directory, 'monmap');
    await this.#run('monmaptool', '--create', '--fsid', id, '--addv', 'a', addresses, map);
    const all = ['--cap', 'mon', 'allow *'];
    await this.#run('ceph-authtool', '--create-keyring', this.#keyring, '--gen-key', '-n', 'mon.', ...all);
    const admin = [...all, '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
    await this.#run('ceph-authtool', this.#keyring, '--gen-key', '-n', 'client.admin', ...admin);
    await this.#run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', this.#keyring);
    return this.spawn('ceph-mon', '-i', 'a');
  }

  async #startObjectStore(): Promise<ChildProcess> {
    const id = randomUUID();
    await this.#run('ceph', 'osd', 'new', id);
    const rights = ['mon', 'allow profile osd', 'mgr', 'allow profile osd', 'osd', 'allow *'];
    await appendFile(this.#keyring, await this.#run('ceph', 'auth', 'get-or-create', 'osd.0', ...rights));
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', id);
    return this.spawn('ceph-osd', '-i', '0');
  }

  async #run(program: string, ...args: string[]): Promise<string> {
    const limits = { timeout: START_LIMIT_MS, killSignal: 'SIGKILL' } as const;
    const { stdout } = await execute(program, ['-c', this.#configuration, ...args], limits);
    return stdout;
  }

  #settings(id: string, monitorPort: number): string {
    const at = (name: string): string => join(this.directory, name);
    return Object.entries({
      fsid: id,
      'mon host': `[v2:${LOOPBACK}:${monitorPort}/0]`,
      'public addr': LOOPBACK,
      'ms bind ipv6': false,
      'mon data': at('mon'),
      'osd data': at('osd'),
      keyring: this.#keyring,
      'run dir': at('run'),
      'admin socket': at('run/$name.$pid.asok'),
      'log file': at('log/$name.$pid.log'),
      'auth cluster required': 'cephx',
      'auth service required': 'cephx',
      'auth client required': 'cephx',
      // In memory, one copy, few placement groups: nothing here has to last.
      'osd objectstore': 'memstore',
      'memstore device bytes': 2 ** 30,
      'osd pool default size': 1,
      'osd pool default min size': 1,
      'osd pool default pg num': 4,
      'osd pool default pgp num': 4,
      'osd pool default pg autoscale mode': 'off',
      'osd crush chooseleaf type': 0,
      'mon allow pool size one': true,
      'mon max pg per osd': 1000,
      // Else the gateways tell each other of changes, and wait half a minute for one that was killed.
      'rgw cache enabled': false,
      'rgw gc max objs': 4,
      'rgw usage max shards': 4,
    }).reduce((text, [name, value]) => `${text}${name} = ${value}\n`, '[global]\n');
  }
}
