/** Native ES modules: run with `node --experimental-vm-modules` (see the "test" script). */
export default {
  testEnvironment: 'node',
  // Most of the time goes by in waiting for other processes.
  maxWorkers: '100%',
  // For machines that are busy; what a test waits for, it waits for by itself.
  testTimeout: 90_000,
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['reflect-metadata'],
  moduleNameMapper: {
    // @fastify/static, which Mercurius needs, requires an ES module by that name: before Node 24.9 Jest cannot. This one is not.
    '^content-disposition$': '<rootDir>/node_modules/content-disposition/dist/index.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nestjs-maintenance-mode$': '<rootDir>/lib/index.ts',
    '^nestjs-maintenance-mode/(.*)$': '<rootDir>/lib/$1.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};
