import { Client, type ClientConfig } from 'pg';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/**
 * Listens to a channel of PostgreSQL on a separate connection: only the connection that has sent LISTEN receives
 * notifications, and a pool may close or reuse any connection. Reconnects until `stop`.
 */
export class PostgresListener {
  #client: Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly channel: string,
    /** Called with the payload of each notification; with null after a reconnect, since some may have been missed. */
    private readonly hear: (payload: string | null) => void,
  ) {}

  /** @throws the driver's error if it cannot connect now; it does not try again then. */
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
    // An `error` event without a listener ends the process. `end`, which follows, does what is needed.
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
    // It must not keep the process alive. The types of the driver do not have the method.
    (client as Client & { unref(): void }).unref();
  }

  #reconnectLater(): void {
    this.#client = null;
    if (this.#stopped) return;
    // Full jitter: instances that have lost their server together must not all reconnect together.
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
