import type { ServerResponse } from 'node:http';
import type { Answer } from '../../response/answer.js';
import { addVary } from '../http-platform.js';

/** Writes to Node's own response, past the framework. A HEAD request gets the headers alone. */
export function writeAnswer(
  response: ServerResponse,
  { statusCode, headers, bodyHeaders, body }: Answer,
): void {
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries({ ...headers, ...bodyHeaders })) {
    response.setHeader(name, name === 'Vary' ? addVary(response.getHeader('Vary'), value) : value);
  }
  response.end(body);
}
