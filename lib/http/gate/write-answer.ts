import type { ServerResponse } from 'node:http';
import type { Answer } from '../../response/answer.js';
import { addVary } from '../http-platform.js';

/** By which loggers know an answer of ours. */
const SIGN = 'Maintenance-Mode';

/**
 * Writes to Node's own response, past the framework. A HEAD request gets the headers alone. If another listener of the
 * server has already answered, nothing is written.
 *
 * @param mayBeRead whether others may read the headers of the response; to keep them costs a tenth of an answer.
 * @throws what Node throws for a header, after a plain 503 has been sent.
 */
export function writeAnswer(response: ServerResponse, answer: Answer, mayBeRead = true): void {
  if (response.headersSent) return;
  try {
    write(response, answer, mayBeRead);
  } catch (error) {
    writePlain(response);
    throw error;
  }
}

/** A 503 without anything that could fail; if even that fails, the connection is closed. */
export function writePlain(response: ServerResponse): void {
  try {
    if (response.writableEnded) return;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.writeHead(503, { 'Content-Length': '0', [SIGN]: 'active' });
    response.end();
  } catch {
    response.destroy();
  }
}

function write(response: ServerResponse, { statusCode, allHeaders, body }: Answer, mayBeRead: boolean): void {
  const vary = response.getHeader('Vary');
  const headers =
    vary === undefined ? allHeaders : { ...allHeaders, Vary: addVary(vary, allHeaders['Vary'] ?? '') };
  // `writeHead` keeps all headers, for `getHeader` to find them, if one is there, and none if there is none.
  if (mayBeRead) response.setHeader(SIGN, headers[SIGN] ?? '');
  response.writeHead(statusCode, headers);
  // Middleware has sent a 100 or 102 that still waits for the answers before it: Node would put our head in front of that.
  if (response.writableLength > 0) response.flushHeaders();
  response.end(body);
}
