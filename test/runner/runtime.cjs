// Jest's `runtime`, without its module system: a spec file is imported by Node itself, in a process that has the framework
// loaded once for all files. Jest's own would load it again, in a context of its own, for each file: two to three seconds.
const asyncHooks = require('node:async_hooks');
const { readFileSync } = require('node:fs');
const { register } = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { transformSync } = require('@swc/core');

register('./hooks.mjs', pathToFileURL(__filename));

let specs = 0;

/**
 * For jest-circus, which keeps in it the test that runs. Tests run one after the other, so a variable does: a true one makes Node
 * call functions for each promise of the tests.
 */
class RunningTest {
  #store;

  getStore() {
    return this.#store;
  }

  async run(store, callback) {
    const before = this.#store;
    this.#store = store;
    try {
      return await callback();
    } finally {
      this.#store = before;
    }
  }
}

/** Maps for stack traces, made when a stack is asked for. */
class SourceMaps extends Map {
  constructor(swcOptions) {
    super();
    this.swcOptions = swcOptions;
  }

  get(url) {
    if (!/^file:.*\.ts\?spec=/.test(url)) return undefined;
    if (!this.has(url)) {
      const filename = fileURLToPath(url);
      const options = { ...this.swcOptions, filename, sourceFileName: filename, sourceMaps: true };
      const { map } = transformSync(readFileSync(filename, 'utf8'), options);
      this.set(url, `data:application/json;base64,${Buffer.from(map).toString('base64')}`);
    }
    return super.get(url);
  }
}

module.exports = class PlainRuntime {
  constructor(config, environment) {
    this.environment = environment;
    this.spec = ++specs;
    this.sourceMaps = new SourceMaps(environment.swcOptions);
  }

  /** Jest-circus' own code: a fresh copy has no tests and no hooks of the file before. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    delete globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')];
    const { AsyncLocalStorage } = asyncHooks;
    asyncHooks.AsyncLocalStorage = RunningTest;
    try {
      return require(path);
    } finally {
      asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
    }
  }

  requireModule(path) {
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    return import(`${pathToFileURL(path).href}?spec=${this.spec}`);
  }

  setGlobalsForRuntime(globals) {
    Object.assign(globalThis, globals);
    globalThis[Symbol.for('test/runner')] = { ...globals, jest: this.environment.jest };
  }

  getSourceMaps() {
    return this.sourceMaps;
  }

  enterTestCode() {}
  leaveTestCode() {}
  getAllCoverageInfoCopy() {}

  teardown() {}
};
