import { setTimeout as delay } from 'node:timers/promises';
import { OPERATOR_TOKEN } from './operator.js';
import { INSTANCE_HEADER } from './proxy.js';

/** What one instance has answered. */
export interface Answer {
  readonly instance: number;
  readonly status: number;
}

/** The shop as it is seen from outside, through the proxy. */
export class Shop {
  constructor(
    private readonly url: string,
    private readonly instances: number,
  ) {}

  /** What each instance answers to a visitor, in the order of their numbers. */
  async visit(): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (let visit = 0; visit < this.instances; visit += 1) {
      const response = await fetch(this.url);
      await response.arrayBuffer();
      answers.push({ instance: Number(response.headers.get(INSTANCE_HEADER)), status: response.status });
    }
    return answers.toSorted((a, b) => a.instance - b.instance);
  }

  /** Visits until all instances answer so; resolves to how many milliseconds that has taken. */
  async answers(status: number): Promise<number> {
    const began = performance.now();
    while ((await this.visit()).some((answer) => answer.status !== status)) await delay(1);
    return performance.now() - began;
  }

  /** Turns maintenance on or off at the instance whose turn it is. */
  async toggle(to: 'on' | 'off'): Promise<{ readonly instance: string | null; readonly status: number }> {
    const response = await fetch(new URL(`maintenance-mode/${to}`, this.url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, Accept: 'application/json' },
    });
    await response.arrayBuffer();
    return { instance: response.headers.get(INSTANCE_HEADER), status: response.status };
  }
}
