import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { memberOf } from '../../validation/member.js';

/** A close frame without a mask, as servers send it (RFC 6455 section 5.5.1). */
const CLOSE_FRAME = 0x88;
/** How long a client may take to say goodbye as well, as `ws` gives it. */
const GOODBYE_MS = 30_000;

/**
 * A WebSocket of whoever else listens for upgrades, such as subscriptions of GraphQL. Its server is not known, so what goes
 * over the wire is all that there is: a control frame may stand between any two frames, whoever writes them, and the server
 * ends the connection when the client has answered it.
 */
export class UpgradedSocket {
  /** Of a connection that was kept alive, earlier answers are in it. */
  readonly #writtenBefore: unknown;

  constructor(private readonly socket: Duplex) {
    this.#writtenBefore = memberOf(socket, 'bytesWritten');
  }

  onceClosed(listener: () => void): void {
    this.socket.once('close', listener);
  }

  /** @param reason at most 123 bytes */
  close(code: number, reason: string): void {
    const { socket } = this;
    if (!socket.writable) return;
    // Its handshake is not answered yet, so there are no frames.
    if (memberOf(socket, 'bytesWritten') === this.#writtenBefore) {
      socket.destroy();
      return;
    }
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason, 'utf8')]);
    socket.write(Buffer.concat([Buffer.from([CLOSE_FRAME, payload.length]), payload]));
    const timer = setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  }
}

/** Whether an upgrade asks for a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
