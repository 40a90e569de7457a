import type { IncomingHttpHeaders } from 'node:http';

/** The facts of an HTTP request that a decision needs, independent of the adapter. */
export interface RequestFacts {
  readonly method: string;
  /** The target as the client sent it: usually path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Host and port of the request, by the adapter's proxy settings. */
  readonly host: string;
  /** Whether the client's connection is encrypted, by the adapter's proxy settings. */
  readonly secure: boolean;
  /** The adapter's own request, for the application's callbacks. */
  readonly request: unknown;
}
