import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A separate process that serves the shop. */
export class Instance {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(redisUrl: string): Promise<Instance> {
    const script = fileURLToPath(new URL('instance.js', import.meta.url));
    // Its log lines while Redis is down would appear in the middle of the table.
    const child = fork(script, {
      env: { ...process.env, REDIS_URL: redisUrl },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`An instance has ended with ${code}.`)),
    );
    const [url] = (await Promise.race([once(child, 'message'), ended])) as [string];
    // From here on it is expected.
    ended.catch(() => undefined);
    return new Instance(child, url);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exit;
  }
}
