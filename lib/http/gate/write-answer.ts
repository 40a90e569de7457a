import type { ServerResponse } from 'node:http';
import type { Answer } from '../../response/answer.js';
import { addVary } from '../http-platform.js';

/** By which loggers know an answer of ours. */
const SIGN = 'Maintenance-Mode';

/**
 * Writes to Node's own response, past the framework. A HEAD request gets the headers alone. Where somebody has answered
 * already, who listens to the server beside the application, nothing is left to say.
 *
 * @param mayBeRead whether somebody may ask the response for its headers; to keep them costs a tenth of an answer.
 */
export function writeAnswer(
  response: ServerResponse,
  { statusCode, allHeaders, body }: Answer,
  mayBeRead = true,
): void {
  if (response.headersSent) return;
  const vary = response.getHeader('Vary');
  const headers =
    vary === undefined ? allHeaders : { ...allHeaders, Vary: addVary(vary, allHeaders['Vary'] ?? '') };
  // `writeHead` keeps all headers, for `getHeader` to find them, where one is there, and none where there is none.
  if (mayBeRead) response.setHeader(SIGN, headers[SIGN] ?? '');
  response.writeHead(statusCode, headers);
  response.end(body);
}
