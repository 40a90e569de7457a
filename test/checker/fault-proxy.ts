import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * - `open`: passes everything on
 * - `refuse`: ends what is there, and whatever connects
 * - `hold`: passes nothing on until it is open again, then all of it, as a network that comes back
 * - `swallow`: whatever is connected by then is half-open for ever: both sides send, and nothing arrives
 * - `mute`: requests arrive, answers do not; ends the connections once it is open again
 * - `slow`: every piece takes a while
 */
export type Fault = 'open' | 'refuse' | 'hold' | 'swallow' | 'mute' | 'slow';

interface Conversation {
  readonly client: Socket;
  readonly server: Socket;
  isDead: boolean;
}

const SLOW_MS = 150;

/** Stands between one process and one server of 127.0.0.1. */
export class FaultProxy {
  #fault: Fault = 'open';
  #released = Promise.resolve();
  #release = (): void => undefined;
  readonly #conversations = new Set<Conversation>();
  readonly #server: Server;

  private constructor(private readonly target: number) {
    this.#server = createServer((socket) => this.#join(socket));
  }

  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set(fault: Fault): void {
    if (fault === 'open' && this.#fault === 'mute') this.cut();
    this.#fault = fault;
    this.#release();
    if (fault === 'hold') this.#released = new Promise((resolve) => (this.#release = resolve));
    if (fault === 'refuse') this.cut();
    if (fault === 'swallow') for (const conversation of this.#conversations) conversation.isDead = true;
  }

  /** Ends all connections, as a restarting load balancer does. */
  cut(): void {
    for (const { client } of this.#conversations) client.destroy();
  }

  async close(): Promise<void> {
    this.set('open');
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#fault === 'refuse') {
      client.destroy();
      return;
    }
    const conversation = {
      client,
      server: connect(this.target, '127.0.0.1'),
      isDead: this.#fault === 'swallow',
    };
    this.#conversations.add(conversation);
    const { server } = conversation;
    this.#forward(client, server, () => this.#passes(conversation, false));
    this.#forward(server, client, () => this.#passes(conversation, true));
    client.on('close', () => this.#conversations.delete(conversation));
  }

  async #passes(conversation: Conversation, isAnswer: boolean): Promise<boolean> {
    if (this.#fault === 'hold') await this.#released;
    if (this.#fault === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    return !conversation.isDead && !(isAnswer && this.#fault === 'mute');
  }

  #forward(from: Socket, to: Socket, passes: () => Promise<boolean>): void {
    let last: Promise<unknown> = Promise.resolve();
    from.on('data', (chunk) => {
      last = last.then(async () => {
        return (await passes()) && to.write(chunk);
      });
    });
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}
