import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition by asking, less often the longer it takes, and fails with what was waited for. For what has no event
 * to wait for.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - began;
    if (waitedMs > timeoutMs) throw new Error(`Waited ${timeoutMs} ms for: ${what}`);
    await delay(Math.min(5 + waitedMs / 20, 50));
  }
}
