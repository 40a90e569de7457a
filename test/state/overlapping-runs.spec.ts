import { afterEach, describe, expect, it } from '@jest/globals';
import { bootContext, closeContexts } from '../support/state-context.js';

afterEach(closeContexts);

const nothing = (): void => undefined;

/** Work that ends when it is told to. */
function work(): {
  readonly run: () => Promise<void>;
  readonly end: () => void;
  readonly begun: Promise<void>;
} {
  let [end, begin] = [nothing, nothing];
  const ended = new Promise<void>((resolve) => (end = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  return { run: () => (begin(), ended), end, begun };
}

describe('Runs that overlap', () => {
  it.each(['first', 'last'])('restore the previous state, whichever ends %s', async (order) => {
    const { maintenance } = await bootContext();
    const [a, b] = [work(), work()];
    const runA = maintenance.run(a.run, { reason: 'A' });
    await a.begun;
    const runB = maintenance.run(b.run, { reason: 'B' });
    await b.begun;
    const [one, other] = order === 'first' ? [a, b] : [b, a];
    one.end();
    await (order === 'first' ? runA : runB);
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: order === 'first' ? 'B' : 'A' });
    other.end();
    await Promise.all([runA, runB]);
    expect(maintenance.status().state).toBe('off');
  });

  it('restore the previous state if they end at the same time', async () => {
    const { maintenance } = await bootContext();
    const [a, b] = [work(), work()];
    const runA = maintenance.run(a.run, { reason: 'A' });
    await a.begun;
    const runB = maintenance.run(b.run, { reason: 'B' });
    await b.begun;
    a.end();
    b.end();
    await Promise.all([runA, runB]);
    expect(maintenance.status().state).toBe('off');
  });

  it('restore the previous state if three overlap', async () => {
    const { maintenance } = await bootContext();
    await maintenance.enable({ reason: 'before' });
    const works = [work(), work(), work()];
    const runs: Promise<void>[] = [];
    for (const { run, begun } of works) {
      runs.push(maintenance.run(run));
      await begun;
    }
    for (const [index, { end }] of works.entries()) {
      end();
      await runs[index];
    }
    expect(maintenance.status()).toMatchObject({ state: 'active', reason: 'before' });
  });
});
