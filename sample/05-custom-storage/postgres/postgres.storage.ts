import {
  MaintenanceConflictError,
  type MaintenanceStorage,
  type StoredRecord,
} from 'nestjs-maintenance-mode';
import { type ClientConfig, DatabaseError, Pool } from 'pg';
import { PostgresListener } from './postgres-listener.js';

const CHANNEL = 'maintenance_mode';

// A write is one statement, which PostgreSQL executes completely or not at all. Its notification is part of it: it is sent
// once the text can be read, and only if something was written. $1 is the key, $2 the text.
const writing = (statement: string): string =>
  `WITH written AS (${statement} RETURNING version)
   SELECT version, pg_notify('${CHANNEL}', $1) FROM written`;

const READ = 'SELECT text, version FROM maintenance_state WHERE key = $1';
const INSERT = 'INSERT INTO maintenance_state (key, text) VALUES ($1, $2)';
const WRITE_ANYWAY = writing(
  `${INSERT} ON CONFLICT (key) DO UPDATE SET text = excluded.text, version = excluded.version`,
);
const WRITE_FIRST = writing(`${INSERT} ON CONFLICT (key) DO NOTHING`);
const WRITE_OVER_VERSION = writing(
  'UPDATE maintenance_state SET text = $2, version = DEFAULT WHERE key = $1 AND version = $3',
);

export interface PostgresStorageOptions {
  /** `postgresql://user:password@host:5432/database`; of the server itself, not of a pooler, which does not support LISTEN. */
  readonly url: string;
  /** The row: applications that share a database have one each. Default: `maintenance-mode`. */
  readonly key?: string;
  /** Longest time for one call, in milliseconds. Keep it below the module's `sync.timeoutMs`. Default: 900. */
  readonly timeoutMs?: number;
}

/**
 * Keeps the state in a table (`schema.sql`), and notifies other instances of changes by NOTIFY.
 *
 * It has its own connections: one that listens, and one or two for calls. A pool that is shared with requests may be
 * exhausted just when maintenance has to be turned on.
 */
export class PostgresStorage implements MaintenanceStorage {
  readonly name = 'postgres';
  readonly atomic = true;
  /** Without user and password. */
  readonly location: string;

  readonly #key: string;
  readonly #config: ClientConfig;
  readonly #pool: Pool;
  readonly #listeners = new Set<PostgresListener>();
  #closing: Promise<void> | undefined;

  constructor({ url, key = 'maintenance-mode', timeoutMs = 900 }: PostgresStorageOptions) {
    const { protocol, host, pathname } = new URL(url);
    this.location = `${protocol}//${host}${pathname}`;
    this.#key = key;
    // Half of the time to connect, half for the answer. The server gives up as well (`statement_timeout`): a statement that
    // waits for a lock must not take effect later, after it was reported as failed.
    const half = Math.ceil(timeoutMs / 2);
    this.#config = {
      connectionString: url,
      application_name: 'maintenance-mode',
      connectionTimeoutMillis: half,
      query_timeout: half,
      statement_timeout: half,
      keepAlive: true,
    };
    this.#pool = new Pool({ ...this.#config, max: 2, allowExitOnIdle: true });
    // An idle connection that dies is replaced when the next one is needed. Without a listener its error ends the process.
    this.#pool.on('error', () => undefined);
  }

  async read(): Promise<StoredRecord | null> {
    const [stored] = await this.#query<StoredRecord & { version: string }>(READ, [this.#key]);
    return stored ?? null;
  }

  async write(text: string, expected?: string | null): Promise<StoredRecord> {
    const [written] = await this.#write(text, expected);
    if (written === undefined) throw new MaintenanceConflictError(this.name);
    return { text, version: written.version };
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const listener = new PostgresListener(this.#config, CHANNEL, (key) => {
      if (key === null || key === this.#key) onChange();
    });
    await this.#explained(() => listener.start());
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
      await listener.stop();
    };
  }

  async close(): Promise<void> {
    // A pool can be ended once.
    this.#closing ??= this.#pool.end();
    await Promise.all([this.#closing, ...[...this.#listeners].map((listener) => listener.stop())]);
  }

  /** One row if it was written, none if another writer was faster. */
  #write(text: string, expected: string | null | undefined): Promise<{ version: string }[]> {
    if (expected === undefined) return this.#query(WRITE_ANYWAY, [this.#key, text]);
    if (expected === null) return this.#query(WRITE_FIRST, [this.#key, text]);
    return this.#query(WRITE_OVER_VERSION, [this.#key, text, expected]);
  }

  async #query<Row extends { version: string }>(
    statement: string,
    values: readonly string[],
  ): Promise<Row[]> {
    const { rows } = await this.#explained(() => this.#pool.query<Row>(statement, [...values]));
    return rows;
  }

  /** The driver's error is the cause; its message says neither which server nor what to do (for `localhost`: nothing at all). */
  async #explained<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw new Error(`PostgreSQL at ${this.location}: ${explanationOf(cause)}`, { cause });
    }
  }
}

const UNDEFINED_TABLE = '42P01';

function explanationOf(error: unknown): string {
  if (error instanceof DatabaseError && error.code === UNDEFINED_TABLE) {
    return `${error.message}; run schema.sql`;
  }
  // None of the addresses of a name could be reached.
  const errors = error instanceof AggregateError ? error.errors : [error];
  return errors.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join(', ');
}
