import type { RequestFacts } from '../interfaces/request-facts.js';

/** The facts of a request that is judged by what its message does, not by how the request was sent. */
export function withMethod(
  { url, headers, host, secure, request }: RequestFacts,
  method: string,
): RequestFacts {
  return { method, url, headers, host, secure, request };
}
