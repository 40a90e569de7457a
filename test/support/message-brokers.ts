import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Transport } from '@nestjs/microservices';
import { freePort } from './free-port.js';
import { type Describe, describeWith, findProgram } from './programs.js';
import { makeDirectory } from './temporary-directory.js';
import { until } from './until.js';

const PATIENCE_MS = 30_000;

/** Debian installs daemons where PATH of a user may not look. */
const find = (name: string): string | undefined => findProgram(name, '/usr/sbin');

const running = new Set<ChildProcess>();

async function start(program: string, args: readonly string[], port: number): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore' });
  running.add(child);
  await until(`${program} listens`, async () => listens(port), PATIENCE_MS);
}

async function listens(port: number): Promise<boolean> {
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

/** For `afterAll`: ends what was started here. */
export async function stopBrokers(): Promise<void> {
  for (const child of running) {
    const gone = once(child, 'exit');
    if (child.kill('SIGKILL')) await gone;
  }
  running.clear();
}

/** What both `createNestMicroservice` and `ClientProxyFactory` take. */
export type TransportOptions =
  | { readonly transport: Transport.TCP; readonly options: { host: string; port: number } }
  | { readonly transport: Transport.REDIS; readonly options: { host: string; port: number } }
  | { readonly transport: Transport.NATS; readonly options: { servers: string[] } }
  | {
      readonly transport: Transport.MQTT;
      readonly options: { url: string; subscribeOptions: { qos: 0 | 1 } };
    };

export interface MessageTransport {
  readonly name: string;
  readonly describe: Describe;
  /** Starts the broker, empty, on a port of its own. */
  readonly start: () => Promise<TransportOptions>;
}

const nats = find('nats-server');
const mosquitto = find('mosquitto');
const redis = find('redis-server');
const host = '127.0.0.1';

/** The transports of Nest that keep no event, each with its real server. */
export const messageTransports: readonly MessageTransport[] = [
  {
    name: 'TCP',
    describe: describeWith('No Node', process.execPath),
    start: async () => ({ transport: Transport.TCP, options: { host, port: await freePort() } }),
  },
  {
    name: 'NATS',
    describe: describeWith('No nats-server (looked in PATH)', nats),
    start: async () => {
      const port = await freePort();
      await start(nats ?? 'nats-server', ['-a', host, '-p', `${port}`], port);
      return { transport: Transport.NATS, options: { servers: [`${host}:${port}`] } };
    },
  },
  {
    name: 'Redis',
    describe: describeWith('No redis-server (looked in PATH)', redis),
    start: async () => {
      const port = await freePort();
      const directory = await makeDirectory();
      const args = ['--port', `${port}`, '--bind', host, '--dir', directory, '--save', ''];
      await start(redis ?? 'redis-server', args, port);
      return { transport: Transport.REDIS, options: { host, port } };
    },
  },
  {
    name: 'MQTT',
    describe: describeWith('No mosquitto (looked in PATH)', mosquitto),
    start: async () => {
      const port = await freePort();
      const file = join(await makeDirectory(), 'mosquitto.conf');
      await writeFile(file, `listener ${port} ${host}\nallow_anonymous true\nmax_queued_messages 0\n`);
      await start(mosquitto ?? 'mosquitto', ['-c', file], port);
      const options = { url: `mqtt://${host}:${port}`, subscribeOptions: { qos: 1 as const } };
      return { transport: Transport.MQTT, options };
    },
  },
];
