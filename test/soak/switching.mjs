import { setTimeout as delay } from 'node:timers/promises';
import { pick } from './random.mjs';

/** Between the clock of the application and what it does lie some milliseconds. */
const MARGIN_MS = 10;

/** Turns maintenance on and off, by the service and by windows, and keeps when it was surely on and surely off. */
export class Switching {
  spans = { on: [], off: [] };
  #application;
  #random;
  #stopped = false;
  #running;
  changes = 0;

  constructor(application, random) {
    this.#application = application;
    this.#random = random;
  }

  start() {
    this.#stopped = false;
    this.spans = { on: [], off: [{ from: Date.now(), to: Infinity }] };
    this.#running = this.#run();
  }

  /** Leaves it off. */
  async stop() {
    this.#stopped = true;
    await this.#running;
  }

  async #run() {
    while (!this.#stopped) {
      await delay(20 + this.#random(200));
      const open = this.spans.off.at(-1);
      this.changes += 1;
      open.to = Date.now();
      await (pick(this.#random, ['switch', 'switch', 'window']) === 'switch'
        ? this.#switch()
        : this.#window());
      this.spans.off.push({ from: Date.now(), to: Infinity });
    }
  }

  async #switch() {
    await this.#application.ask('enable');
    const span = { from: Date.now(), to: Infinity };
    this.spans.on.push(span);
    await delay(50 + this.#random(500));
    span.to = Date.now();
    await this.#application.ask('disable');
  }

  async #window() {
    const times = { startsIn: this.#random(100), lasts: 50 + this.#random(400) };
    const { startsAt, endsAt } = await this.#application.ask('window', times);
    this.spans.on.push({ from: Math.max(startsAt, Date.now()) + MARGIN_MS, to: endsAt - MARGIN_MS });
    await delay(Math.max(0, endsAt + MARGIN_MS - Date.now()));
  }
}
