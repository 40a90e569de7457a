import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { closingOf, isClosed } from '../drain/response-ends.js';
import { responseOn } from '../internals/node-http.js';

/**
 * Knows which responses are not sent in full yet, at a cost for each connection and not for each request: Node keeps the
 * response that a connection is busy with.
 */
export class OpenResponses {
  readonly #sockets = new Set<Socket>();
  /** Of HTTP/2, where one connection has many at once. */
  readonly #streams = new Set<ServerResponse>();

  see(request: IncomingMessage, response: ServerResponse): void {
    if (isOfHttp2(response)) this.#addStream(response);
    else if (!this.#sockets.has(request.socket)) this.#addSocket(request);
  }

  list(): readonly ServerResponse[] {
    const responses = [...this.#sockets].map((socket) => responseOn(socket));
    return [...responses.filter((response) => response !== undefined), ...this.#streams];
  }

  #addStream(response: ServerResponse): void {
    // A client may have cancelled before anybody could listen.
    if (isClosed(response)) return;
    this.#streams.add(response);
    closingOf(response).once('close', () => this.#streams.delete(response));
  }

  #addSocket({ socket }: IncomingMessage): void {
    // `inject()` has none that could be closed.
    if (!(socket instanceof Socket)) return;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** By its class: a request line of HTTP/1 may say `HTTP/2.0`, which Node believes. */
function isOfHttp2(response: ServerResponse): boolean {
  return 'stream' in response;
}
