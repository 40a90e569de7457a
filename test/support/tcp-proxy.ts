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
  /** Where new connections go: another server of the same address, as after a failover. */
  target: number;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  /** Sockets of which no byte is passed on any more. */
  readonly #deaf = new Set<Socket>();
  #deafensNew = false;
  readonly #server: Server;

  private constructor(target: number) {
    this.target = target;
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

  /** Ends the connections to clients only: what they have sent still reaches the server, held up or not. */
  cutClients(): void {
    for (const client of this.#clients) {
      client.removeAllListeners('close');
      client.destroy();
    }
    this.#clients.clear();
  }

  /** Swallows all bytes of the present and of new connections, without a reset, as a firewall that has lost its table. */
  swallow(): void {
    this.#deafensNew = true;
    for (const socket of this.#sockets) this.#deaf.add(socket);
  }

  /** New connections work again; those that were there stay as they are. */
  heal(): void {
    this.#deafensNew = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    this.#clients.add(client);
    if (this.#deafensNew) for (const socket of [client, server]) this.#deaf.add(socket);
    this.#forward(client, server, (chunk) => this.request(chunk));
    this.#forward(server, client, (chunk) => this.answer(chunk));
  }

  #forward(from: Socket, to: Socket, pass: Pass): void {
    this.#sockets.add(from);
    let last: Promise<unknown> = Promise.resolve();
    from.on('data', (chunk) => {
      if (this.#deaf.has(from)) return;
      last = last.then(async () => {
        const passed = await pass(chunk);
        return !to.destroyed && !this.#deaf.has(from) && to.write(passed);
      });
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#clients.delete(from);
      to.destroy();
    });
  }
}
