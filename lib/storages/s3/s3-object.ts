import type { Agent } from 'node:http';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MaintenanceOptionsError } from '../../errors.js';
import { decodeText, memberOf } from '../../validation/values.js';

/** More than any record has: a larger object is not read into memory. */
const MAX_SIZE = 4 * 1024 * 1024;
/** An abandoned request must not keep a connection for ever. */
export const GIVE_UP_AFTER_MS = 30_000;
/** A connection that is silent for so long may be half-open, and those that are idle as well. */
const SUSPECT_AFTER_MS = 1_000;
/** User metadata by which a writer recognises its own write. */
const WRITER = 'maintenance-writer';

/** The condition of a write, as headers of RFC 9110. */
export interface WriteCondition {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: '*';
}

export interface S3Content {
  readonly text: string;
  /** The ETag without its quotes. */
  readonly version: string;
  /** As passed to {@link S3Object.put}. */
  readonly writer: string | undefined;
}

/**
 * One object of a bucket, read and written as a whole. Throws the errors of the SDK. Requests are aborted at a given time of
 * `performance.now`.
 */
export class S3Object {
  readonly #pending = new Set<AbortController>();

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly key: string,
  ) {}

  /** The object; null if there is none, and `unchanged` (a 304 without a body) if it still has the known version. */
  async get(giveUpAt: number, known?: string): Promise<S3Content | 'unchanged' | null> {
    return this.#abortable(giveUpAt, async (abort) => {
      try {
        const command = new GetObjectCommand({
          ...this.#place(),
          ...(known === undefined ? {} : { IfNoneMatch: quoted(known) }),
        });
        const answer = await this.client.send(command, { abortSignal: abort.signal });
        if ((answer.ContentLength ?? 0) > MAX_SIZE) throw tooLarge(answer.ContentLength, abort);
        const text = await textOf(answer.Body, abort);
        return { text, version: versionOf(answer.ETag), writer: answer.Metadata?.[WRITER] };
      } catch (error) {
        if (statusOf(error) === 304) return 'unchanged';
        if (memberOf(error, 'name') === 'NoSuchKey') return null;
        throw error;
      }
    });
  }

  /** Writes the object and resolves to its new version. */
  async put(giveUpAt: number, text: string, condition: WriteCondition, writer: string): Promise<string> {
    return this.#abortable(giveUpAt, async (abort) => {
      const command = new PutObjectCommand({
        ...this.#place(),
        ...condition,
        // As bytes: the SDK does not know the length of an empty string.
        Body: Buffer.from(text),
        ContentType: 'application/json',
        CacheControl: 'no-store',
        Metadata: { [WRITER]: writer },
      });
      // The first step after the SDK has made a request of the command.
      command.middlewareStack.add(
        (next) => async (args) => {
          checkCondition(args.request, condition);
          return next(args);
        },
        { step: 'build', priority: 'high', name: 'maintenanceCondition' },
      );
      const attempts = new Set<unknown>();
      // Inside the SDK's own retries, to see each attempt.
      command.middlewareStack.add(
        (next) => async (args) =>
          next(args).catch((error: unknown) => {
            attempts.add(error);
            throw error;
          }),
        { step: 'finalizeRequest', priority: 'low', name: 'maintenanceAttempts' },
      );
      try {
        return versionOf((await this.client.send(command, { abortSignal: abort.signal })).ETag);
      } catch (error) {
        if ([...attempts].some(mayHaveArrived)) throw new UnansweredWrite(error);
        throw error;
      }
    });
  }

  /** Aborts all pending requests. */
  abort(): void {
    for (const abort of this.#pending) abort.abort();
  }

  #place(): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: this.key };
  }

  async #abortable<T>(giveUpAt: number, call: (abort: AbortController) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#pending.add(abort);
    const leftMs = giveUpAt - performance.now();
    const timers = [
      setTimeout(() => closeIdleConnections(this.client), Math.min(leftMs, SUSPECT_AFTER_MS)).unref(),
      setTimeout(() => abort.abort(), leftMs).unref(),
    ];
    try {
      return await call(abort);
    } finally {
      timers.forEach(clearTimeout);
      this.#pending.delete(abort);
    }
  }
}

/**
 * An SDK that does not know a condition leaves it out, and would replace the object whatever it is.
 *
 * @throws MaintenanceOptionsError before the request is sent.
 */
function checkCondition(request: unknown, condition: WriteCondition): void {
  const headers = memberOf(request, 'headers');
  for (const [member, header] of [
    ['IfMatch', 'if-match'],
    ['IfNoneMatch', 'if-none-match'],
  ] as const) {
    if (condition[member] === undefined || memberOf(headers, header) !== undefined) continue;
    throw new MaintenanceOptionsError(
      'S3Storage.client',
      `the installed version of @aws-sdk/client-s3 does not know ${member} of PutObjectCommand, so it cannot compare before ` +
        'it writes. Nothing was changed. Update it to 3.700.0 or newer, or accept that the last one of two writers wins: ' +
        'new S3Storage({ ..., conditionalWrites: false })',
    );
  }
}

/** A write that was sent, perhaps several times, and whose answer was lost at least once. */
export class UnansweredWrite extends Error {
  constructor(override readonly cause: unknown) {
    super('the answer to the write was lost');
  }
}

const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** Whether a request that failed with this error may have reached the endpoint, without an answer. */
function mayHaveArrived(error: unknown): boolean {
  if (statusOf(error) !== undefined) return false;
  if (memberOf(error, 'name') === 'CredentialsProviderError') return false;
  return !NEVER_SENT.includes(String(memberOf(error, 'code')));
}

/** The HTTP status of an error of the SDK; undefined if there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

export function quoted(version: string): string {
  return version.startsWith('W/') ? version : `"${version}"`;
}

function versionOf(etag: string | undefined): string {
  if (etag === undefined || etag === '')
    throw new Error('the endpoint sends no ETag, which is needed to notice changes');
  return etag.replace(/^"(.*)"$/, '$1');
}

/** In Node.js a stream of bytes, whatever the HTTP handler of the client is. */
async function textOf(body: unknown, abort: AbortController): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_SIZE) throw tooLarge(undefined, abort);
    chunks.push(chunk);
  }
  return decodeText(Buffer.concat(chunks));
}

/** Also aborts the request, whose rest would still have to be received. */
function tooLarge(size: number | undefined, abort: AbortController): Error {
  abort.abort();
  const bytes = size === undefined ? `more than ${MAX_SIZE}` : String(size);
  return new Error(`the object has ${bytes} bytes: not a maintenance state. Look at "bucket" and "key"`);
}

const CREDENTIALS =
  'the credentials of the client are wrong, have expired, or are missing: look at "credentials"';
const REGION = 'the bucket is in another region or at another endpoint than the client is set to';
const ACCESS =
  'access denied. Allow s3:GetObject and s3:PutObject for the object, and s3:ListBucket for its bucket: ' +
  'without the latter, S3 says so of an object that only does not exist yet';

/** By the code that S3 sends, or the name of an error of the SDK itself. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['NoSuchBucket', 'there is no such bucket. Create it, or correct "bucket" and the endpoint of the client'],
  ['AccessDenied', ACCESS],
  ['InvalidAccessKeyId', CREDENTIALS],
  ['SignatureDoesNotMatch', CREDENTIALS],
  ['ExpiredToken', CREDENTIALS],
  ['InvalidToken', CREDENTIALS],
  ['CredentialsProviderError', CREDENTIALS],
  ['RequestTimeTooSkewed', 'the clock of this machine is wrong: S3 allows 15 minutes. Set it (NTP)'],
  ['PermanentRedirect', REGION],
  ['AuthorizationHeaderMalformed', REGION],
  ['AbortError', 'no answer, and the request was given up'],
]);

/** The SDK's error with what to do about it; its own messages are often no more than `UnknownError`. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const status = statusOf(error);
  const advice = ADVICE.get(error.name) ?? (status === 403 ? ACCESS : undefined);
  if (advice === undefined && status === undefined) return error;
  const facts = [error.name, status === undefined ? null : `HTTP ${status}`, bucketRegion(error)];
  const message = `${advice ?? error.message} (${facts.filter((fact) => fact !== null).join(', ')})`;
  return new Error(message, { cause: error });
}

/** The real region of the bucket, if S3 has sent it. */
function bucketRegion(error: Error): string | null {
  const region = memberOf(error, 'Region') ?? memberOf(error, 'Endpoint');
  return typeof region === 'string' ? `the bucket is at ${region}` : null;
}

/** Whether the condition of a write failed: 412; 404 for `If-Match` without an object; 409 for two writes at the same moment. */
export function isRefusal(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409 || memberOf(error, 'name') === 'NoSuchKey';
}

/** Ceph's gateway may answer 500 to the write that lost a race. */
export function mayBeALostRace(error: unknown): boolean {
  return isRefusal(error) || (statusOf(error) ?? 0) >= 500;
}

export function unknownOutcome(cause: unknown): Error {
  const explanation = explained(cause);
  const message = explanation instanceof Error ? explanation.message : String(explanation);
  return new Error(`${message}. Whether it was written is unknown: look at the status.`, { cause });
}

/** `NodeHttpHandler` of the SDK, which is the default in Node. */
interface HandlerWithAgents {
  httpHandlerConfigs(): { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };
}

/**
 * Closes the connections that the client keeps open without a request on them. After a network fault they may be half-open, and
 * each of them costs the request that finds it its whole time limit. Requests of the application are not touched: the next
 * one makes a new connection.
 *
 * Does nothing if the application has replaced the request handler by one that has no agents of Node.
 */
function closeIdleConnections(client: S3Client): void {
  const handler: unknown = memberOf(client.config, 'requestHandler');
  if (!hasAgents(handler)) return;
  const { httpAgent, httpsAgent } = handler.httpHandlerConfigs();
  for (const agent of [httpAgent, httpsAgent]) {
    const idle = Object.values(agent?.freeSockets ?? {}).flat();
    for (const socket of idle) socket?.destroy();
  }
}

function hasAgents(handler: unknown): handler is HandlerWithAgents {
  return typeof memberOf(handler, 'httpHandlerConfigs') === 'function';
}
