import type { ServerResponse } from 'node:http';
import type { Answer } from '../../response/answer.js';
import { addVary } from '../http-platform.js';

/** Writes to Node's own response, past the framework. A HEAD request gets the headers alone. */
export function writeAnswer(response: ServerResponse, { statusCode, allHeaders, body }: Answer): void {
  const vary = response.getHeader('Vary');
  response.writeHead(
    statusCode,
    vary === undefined ? allHeaders : { ...allHeaders, Vary: addVary(vary, allHeaders['Vary'] ?? '') },
  );
  response.end(body);
}
