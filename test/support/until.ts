import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition by asking, and fails with what was waited for. For what has no event to wait for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for: ${what}`);
    await delay(5);
  }
}
