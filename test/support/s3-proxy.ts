import { once } from 'node:events';
import {
  type IncomingMessage,
  request as send,
  createServer,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer, as the client got it. */
export interface SeenAnswer {
  readonly method: string;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
}

/** What stands in for the gateway's own answer; null: none, the connection is cut. */
export type OtherAnswer = {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
} | null;

/** Stands between a client and the gateway: counts, and makes it slow, deaf or another product. */
export class S3Proxy {
  readonly seen: SeenAnswer[] = [];
  /** The methods of requests that the client has given up before they were answered. */
  readonly abandoned: string[] = [];
  /** Before each answer to one of these methods. */
  delayMs = 0;
  slowMethods: readonly string[] = ['GET', 'PUT'];
  /** Answers in place of the gateway, which does not see the request. */
  instead: ((request: IncomingMessage) => OtherAnswer | undefined) | undefined;
  /** Answers in place of the gateway, which has done what it was asked for. */
  afterwards: ((request: IncomingMessage, status: number) => OtherAnswer | undefined) | undefined;
  /** Ended by this proxy. */
  readonly #cut = new WeakSet<ServerResponse>();
  readonly #server: Server;

  private constructor(private readonly target: string) {
    this.#server = createServer((request, response) => void this.#pass(request, response));
  }

  static async start(target: string): Promise<S3Proxy> {
    const proxy = new S3Proxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server.close(), 'close');
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once('close', () => {
      if (!response.writableFinished && !this.#cut.has(response)) this.abandoned.push(request.method ?? '');
    });
    try {
      const asked = await bytesOf(request);
      const instead = this.instead?.(request);
      if (instead !== undefined) return this.#answer(request, response, instead);
      const answer = await this.#forward(request, asked);
      const body = await bytesOf(answer);
      if (this.slowMethods.includes(request.method ?? ''))
        await delay(this.delayMs, undefined, { ref: false });
      const afterwards = this.afterwards?.(request, answer.statusCode ?? 0);
      if (afterwards !== undefined) return this.#answer(request, response, afterwards);
      this.seen.push({ method: request.method ?? '', status: answer.statusCode ?? 0, bytes: body.length });
      response.writeHead(answer.statusCode ?? 0, answer.headers).end(body);
    } catch {
      this.#end(response);
    }
  }

  #end(response: ServerResponse): void {
    this.#cut.add(response);
    response.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse, answer: OtherAnswer): void {
    if (answer === null) return this.#end(response);
    const { status, body = '', headers } = answer;
    this.seen.push({ method: request.method ?? '', status, bytes: body.length });
    response.writeHead(status, headers).end(body);
  }

  /** With the headers as they are: the signature covers them. */
  async #forward(request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { method = 'GET', url = '/', headers } = request;
    const forwarded = send(new URL(url, this.target), { method, headers, agent: false }).end(body);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    return answer;
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}
