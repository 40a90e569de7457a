import { setTimeout as delay } from 'node:timers/promises';
import { RoutesClient, RoutesError, type RoutesStatus } from './routes-client.js';

const POLL_MS = 100;
/** In a row, each on a separate connection: one alone could be that of any instance behind a proxy. */
const ANSWERS = 3;

/** What every instance must know before the command continues. */
export interface Closing {
  /** Null or undefined: the whole application. */
  readonly scope: string | null | undefined;
  /** Of the record that turned maintenance on. */
  readonly revision: number;
}

/** The instances of `--wait-for`: each must have closed, and have no work in flight. */
export class Instances {
  readonly #clients: readonly RoutesClient[];

  /** @throws UsageError for an address that is none. */
  constructor(
    urls: readonly string[],
    headers: Headers,
    private readonly timeoutMs: number,
  ) {
    this.#clients = urls.map((url) => new RoutesClient(url, headers));
  }

  get count(): number {
    return this.#clients.length;
  }

  /**
   * Resolves when each instance has the revision and no work in flight.
   *
   * @param signal ends the waiting; the promise then resolves.
   * @throws an error that names the instances that are not, and what they lack.
   */
  async closed(closing: Closing, signal?: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const signals = [AbortSignal.timeout(this.timeoutMs), failed.signal, ...(signal ? [signal] : [])];
    const end = AbortSignal.any(signals);
    const seen = new Map<string, string>();
    try {
      const lacks = await Promise.all(
        this.#clients.map(async (client) => waitFor(client, closing, seen, end)),
      );
      const lacking = lacks.filter((lack) => lack !== null);
      if (lacking.length > 0 && signal?.aborted !== true) throw new Error(lacking.join('; '));
    } finally {
      failed.abort();
    }
  }
}

/**
 * Resolves to null once it is closed and quiet, and at the end to what it lacks.
 *
 * @throws an error that waiting does not mend.
 */
async function waitFor(
  client: RoutesClient,
  closing: Closing,
  seen: Map<string, string>,
  end: AbortSignal,
): Promise<string | null> {
  let instance: string | null = null;
  let lacks = `${client.url} has not answered`;
  let answers = 0;
  while (!end.aborted) {
    try {
      const status = await client.status(end);
      instance = instanceOf(status, client.url, instance, seen);
      const lack = lackOf(status, closing);
      answers = lack === null ? answers + 1 : 0;
      if (answers === ANSWERS) return null;
      if (lack === null) continue;
      lacks = `${client.url} ${lack}`;
    } catch (error) {
      answers = 0;
      if (!(error instanceof RoutesError) || !error.isTemporary) throw error;
      if (!end.aborted) lacks = error.message;
    }
    await delay(POLL_MS, undefined, { signal: end }).catch(() => undefined);
  }
  return lacks;
}

/** Who has answered. A proxy in place of the instances would say of one of them what is true of another. */
function instanceOf(
  { revision, inFlight, instance }: RoutesStatus,
  url: string,
  before: string | null,
  seen: Map<string, string>,
): string {
  if (revision === null || inFlight === null || instance === null) {
    throw new Error(
      `${url} does not say its revision and its work in flight: that takes a superuser or the bypass header, by --header`,
    );
  }
  if (before !== null && before !== instance)
    throw new Error(`${url} leads to more than one instance: name each one by its own address`);
  const other = seen.get(instance);
  if (other !== undefined && other !== url)
    throw new Error(`${other} and ${url} are the same instance: name each one by its own address`);
  seen.set(instance, url);
  return instance;
}

function lackOf({ entries, revision, inFlight }: RoutesStatus, closing: Closing): string | null {
  if (revision === null || revision < closing.revision)
    return `has not learned of it (its revision is ${revision ?? 0}, and not ${closing.revision}): does it use the same storage?`;
  const isClosed = entries.some(
    ({ status: { scope, state } }) => state === 'active' && (scope === null || scope === closing.scope),
  );
  if (!isClosed) {
    return `is open at revision ${revision}: it uses another storage and has never learned of it, or maintenance was turned off`;
  }
  return inFlight === 0 ? null : `has ${inFlight} in flight`;
}
