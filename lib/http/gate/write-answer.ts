import type { ServerResponse } from 'node:http';
import type { Answer } from '../../response/answer.js';
import { addVary } from '../http-platform.js';

/**
 * Writes to Node's own response, past the framework. A HEAD request gets the headers alone. By `setHeader`, so that who
 * logs the response finds them by `getHeader`; `writeHead` would keep them to itself.
 */
export function writeAnswer(response: ServerResponse, { statusCode, allHeaders, body }: Answer): void {
  response.statusCode = statusCode;
  const vary = response.getHeader('Vary');
  for (const name in allHeaders) response.setHeader(name, allHeaders[name] ?? '');
  if (vary !== undefined) response.setHeader('Vary', addVary(vary, allHeaders['Vary'] ?? ''));
  response.end(body);
}
