import { isDeepStrictEqual } from 'node:util';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';
import { swcOptions } from './swc.mjs';

/** Jest's environment of a file that runs in plain Node: what it leaves behind in the process is taken away after it. */
export default class PlainEnvironment {
  swcOptions = swcOptions;
  #env = { ...process.env };
  #directory = process.cwd();
  #exit = Object.getOwnPropertyDescriptor(process, 'exit');
  #globals = Object.getOwnPropertyDescriptors(globalThis);
  #listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));

  constructor({ projectConfig }) {
    // Jest puts its console there, and otherwise leaves it alone.
    this.global = { console };
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    const mocker = new ModuleMocker(globalThis);
    const timers = this.fakeTimersModern;
    this.jest = {
      fn: mocker.fn.bind(mocker),
      spyOn: mocker.spyOn.bind(mocker),
      restoreAllMocks: () => mocker.restoreAllMocks(),
      setTimeout: (time) => (globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = time),
      useFakeTimers: (options) => timers.useFakeTimers(options),
      useRealTimers: () => timers.useRealTimers(),
      setSystemTime: (now) => timers.setSystemTime(now),
      advanceTimersByTimeAsync: (time) => timers.advanceTimersByTimeAsync(time),
    };
  }

  async setup() {
    process.exit = (code) => {
      throw new Error(`process.exit(${code}) in a test`);
    };
  }

  async teardown() {
    Object.defineProperty(process, 'exit', this.#exit);
    this.jest.restoreAllMocks();
    this.fakeTimersModern.dispose();
    // A spy on a fake timer brings that back when it is restored too late, and nothing would ever time out again.
    for (const [name, { value, writable }] of Object.entries(this.#globals)) {
      if (writable && globalThis[name] !== value) globalThis[name] = value;
    }
    process.chdir(this.#directory);
    for (const name of Object.keys(process.env)) if (!(name in this.#env)) delete process.env[name];
    Object.assign(process.env, this.#env);
    for (const name of new Set([...this.#listeners.keys(), ...process.eventNames()])) {
      const listeners = this.#listeners.get(name) ?? [];
      // Packages that are loaded once may tidy up at the exit.
      if (name === 'exit' || isDeepStrictEqual(process.rawListeners(name), listeners)) continue;
      process.removeAllListeners(name);
      for (const listener of listeners) process.on(name, listener);
    }
  }

  getVmContext() {
    return null;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }
}
