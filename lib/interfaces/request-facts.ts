import type { IncomingHttpHeaders } from 'node:http';

/** What a decision about an HTTP request needs to know, whatever adapter received it. */
export interface RequestFacts {
  readonly method: string;
  /** The target as the client sent it: usually path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Host and port that the client asked for, as the adapter's proxy settings say. */
  readonly host: string;
  /** Whether the client's connection is encrypted, as the adapter's proxy settings say. */
  readonly secure: boolean;
  /** The adapter's own request, for the user's functions. */
  readonly request: unknown;
}
