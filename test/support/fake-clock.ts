import { jest } from '@jest/globals';

/** Only the clock and what fires by it are fake: promises and the event loop stay real. */
export function useFakeClock(now: number): void {
  jest.useFakeTimers({
    now,
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  });
}
