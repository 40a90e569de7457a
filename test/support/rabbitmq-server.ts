import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { freePort } from './free-port.js';
import { describeWith, findProgram } from './programs.js';
import { makeDirectory } from './temporary-directory.js';
import { until } from './until.js';

const run = promisify(execFile);

/** The program itself: the script of the same name in PATH changes to a user of its own. */
const program = findProgram('rabbitmq-server', '/usr/lib/rabbitmq/bin');

/** `describe`, which skips where there is no RabbitMQ, but in CI. */
export const describeWithRabbitmq = describeWith('No rabbitmq-server (looked in PATH)', program);

/** Each with the port of its own port mapper, which outlives it. */
const running = new Map<ChildProcess, number>();

/** A real broker, empty, on a port of its own. @param settings of the application `rabbit`. @returns its URL. */
export async function startRabbitmq(settings: Readonly<Record<string, number>> = {}): Promise<string> {
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  const directory = await makeDirectory();
  await chmod(directory, 0o755);
  const child = spawn(program ?? 'rabbitmq-server', [], {
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      HOME: directory,
      ERL_CRASH_DUMP: `${directory}/erl_crash.dump`,
      ERL_EPMD_PORT: `${mapper}`,
      RABBITMQ_NODENAME: `test-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: `${port}`,
      RABBITMQ_DIST_PORT: `${distribution}`,
      RABBITMQ_MNESIA_BASE: directory,
      RABBITMQ_LOG_BASE: directory,
      RABBITMQ_ENABLED_PLUGINS_FILE: `${directory}/plugins`,
      RABBITMQ_CONFIG_FILE: `${directory}/rabbitmq`,
      RABBITMQ_PID_FILE: `${directory}/pid`,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: Object.entries(settings)
        .map(([name, value]) => `-rabbit ${name} ${value}`)
        .join(' '),
    },
  });
  running.set(child, mapper);
  const url = `amqp://127.0.0.1:${port}`;
  const answers = async (): Promise<boolean> =>
    connect(url).then(
      async (connection) => connection.close().then(() => true),
      () => false,
    );
  await until('rabbitmq-server answers', answers, 60_000);
  return url;
}

/** For `afterAll`: ends all brokers, and what they have started. */
export async function stopRabbitmq(): Promise<void> {
  for (const [child, mapper] of running) {
    const gone = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await gone;
    const env = { ...process.env, ERL_EPMD_PORT: `${mapper}` };
    await until('the port mapper has ended', () =>
      run('epmd', ['-kill'], { env }).then(
        () => true,
        () => false,
      ),
    );
  }
  running.clear();
}
