import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { until } from '../support/until.js';

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which a client writes what it likes, and reads answers one by one. */
export class Conversation {
  #received = Buffer.alloc(0);
  #isEnded = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => (this.#received = Buffer.concat([this.#received, chunk])));
    socket.on('end', () => (this.#isEnded = true));
    socket.on('close', () => (this.#isEnded = true));
    // A server may cut the connection while this client is still writing.
    socket.on('error', () => (this.#isEnded = true));
  }

  static async begin(port: number): Promise<Conversation> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new Conversation(socket);
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** The next answer, once it is there with the whole of its body. */
  async answer({ toHead = false } = {}): Promise<Answer> {
    let answer: Answer | null = null;
    await until('an answer', () => {
      answer = this.#take(toHead);
      if (answer === null && this.#isEnded)
        throw new Error(`No answer, but: ${this.#received.toString('latin1')}`);
      return answer !== null;
    });
    return answer ?? Promise.reject(new Error('No answer'));
  }

  /** Waits until the server has closed its side. */
  async ended(): Promise<void> {
    await until('the end of the connection', () => this.#isEnded);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** What the server has sent and nobody has asked for. */
  get rest(): string {
    return this.#received.toString('latin1');
  }

  close(): void {
    this.socket.destroy();
  }

  #take(toHead: boolean): Answer | null {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const [statusLine = '', ...fields] = this.#received.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(
      fields.map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      }),
    );
    const status = Number(statusLine.split(' ')[1]);
    if (!toHead && headers['transfer-encoding'] === 'chunked')
      return this.#takeChunked(status, headers, end + 4);
    const length = toHead || status < 200 || status === 204 ? 0 : Number(headers['content-length']);
    const body = this.#received.subarray(end + 4, end + 4 + length);
    if (body.length < length) return null;
    this.#received = this.#received.subarray(end + 4 + length);
    return { status, headers, body: body.toString() };
  }

  #takeChunked(status: number, headers: Answer['headers'], start: number): Answer | null {
    const chunks: Buffer[] = [];
    let at = start;
    for (;;) {
      const end = this.#received.indexOf('\r\n', at);
      if (end < 0) return null;
      const size = Number.parseInt(this.#received.subarray(at, end).toString('latin1'), 16);
      at = end + 2 + size + 2;
      if (this.#received.length < at) return null;
      if (size === 0) break;
      chunks.push(this.#received.subarray(end + 2, end + 2 + size));
    }
    this.#received = this.#received.subarray(at);
    return { status, headers, body: Buffer.concat(chunks).toString() };
  }
}

/** The server's sides of the connections that come from now on. */
export function serverSockets(app: INestApplication): Socket[] {
  const sockets: Socket[] = [];
  (app.getHttpServer() as Server).on('connection', (socket: Socket) => sockets.push(socket));
  return sockets;
}

const conversations: Conversation[] = [];

/** One that {@link closeConversations} closes. */
export async function beginConversation(port: number): Promise<Conversation> {
  const conversation = await Conversation.begin(port);
  conversations.push(conversation);
  return conversation;
}

/** For `afterEach`. */
export function closeConversations(): void {
  for (const conversation of conversations.splice(0)) conversation.close();
}
