import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

type Pass = (chunk: Buffer) => Buffer | Promise<Buffer>;

const asItIs: Pass = (chunk) => chunk;

/** Stands between a client and a server of 127.0.0.1, and holds up, changes or cuts what passes. The order stays. */
export class TcpProxy {
  /** What becomes of the client's bytes, and when. */
  request: Pass = asItIs;
  /** What becomes of the server's bytes, and when. */
  answer: Pass = asItIs;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(private readonly target: number) {
    this.#server = createServer((socket) => this.#join(socket));
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections there are, as a restarting load balancer does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    this.#forward(client, server, (chunk) => this.request(chunk));
    this.#forward(server, client, (chunk) => this.answer(chunk));
  }

  #forward(from: Socket, to: Socket, pass: Pass): void {
    this.#sockets.add(from);
    let last: Promise<unknown> = Promise.resolve();
    from.on('data', (chunk) => {
      last = last.then(async () => to.write(await pass(chunk)));
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
