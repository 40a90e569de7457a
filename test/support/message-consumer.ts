import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { killBuilt, startBuilt } from './built.js';

/** A consumer in a process of its own, which can be killed and started anew. */
export class MessageConsumer {
  #child: ChildProcess | undefined;

  constructor(
    private readonly settings: object,
    private readonly directory: string,
  ) {}

  async start(): Promise<void> {
    const [state, done] = ['state.json', 'done.txt'].map((name) => join(this.directory, name));
    const settings = JSON.stringify(this.settings);
    this.#child = await startBuilt('message-consumer', settings, state ?? '', done ?? '');
  }

  async kill(): Promise<void> {
    if (this.#child) await killBuilt(this.#child);
  }

  async tell(wanted: 'enable' | 'disable'): Promise<void> {
    if (!this.#child) throw new Error('The consumer is not started.');
    const answered = once(this.#child, 'message');
    this.#child.send(wanted);
    await answered;
  }

  /** How often each message was handled. */
  async done(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const line of await this.#lines()) {
      if (!line.startsWith('consumer ')) counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    return counts;
  }

  /** How many consumers of RabbitMQ have delivered `paid` so far: one more after each change between two ways to consume. */
  async consumers(): Promise<number> {
    return new Set((await this.#lines()).filter((line) => line.startsWith('consumer '))).size;
  }

  async #lines(): Promise<string[]> {
    const file = join(this.directory, 'done.txt');
    return existsSync(file) ? (await readFile(file, 'utf8')).split('\n').filter(Boolean) : [];
  }
}
