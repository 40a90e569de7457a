import { Client, type ClientConfig } from 'pg';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/**
 * Hears a channel of PostgreSQL, on a connection of its own: notifications come to the one connection that has said LISTEN,
 * and a pool may close or hand out any of its own. A connection that is lost is made again, until `stop`.
 */
export class PostgresListener {
  #client: Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly channel: string,
    /** Gets the payload of each notification; null after a time without a connection, when some may have been missed. */
    private readonly hear: (payload: string | null) => void,
  ) {}

  /** @throws what the driver throws where it cannot connect now; nothing is tried again then. */
  async start(): Promise<void> {
    await this.#connect();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#client?.end();
  }

  async #connect(): Promise<void> {
    const client = new Client(this.config);
    // An `error` event that nobody listens to ends the process. What it means here is told by `end`, which follows.
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => {
      if (!this.#stopped) this.hear(payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.channel)}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    if (this.#stopped) return client.end();
    this.#client = client;
    this.#failures = 0;
    client.once('end', () => this.#reconnectLater());
    // It must not be what keeps a process alive that has nothing else to do. Its types do not know the method.
    (client as Client & { unref(): void }).unref();
  }

  #reconnectLater(): void {
    this.#client = null;
    if (this.#stopped) return;
    // Full jitter: the instances that have lost their server together must not all come back together.
    const limit = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#reconnect(), Math.random() * limit).unref();
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#connect();
    } catch {
      return this.#reconnectLater();
    }
    if (!this.#stopped) this.hear(null);
  }
}
