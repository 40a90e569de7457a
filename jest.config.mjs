import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Spec files of functions alone: they need no build, no application and no other program. */
const UNIT = [
  'cli/arguments',
  'cli/windows-command',
  'config/environment',
  'http/open-paths',
  'policy/address-ranges',
  'policy/path-prefixes',
  'state/backoff',
  'state/merge-records',
  'state/record-format',
  'state/record-format.hostile',
  'state/status',
  'state/window',
  'storages/memory.storage',
].map((name) => `test/${name}.spec.ts`);

/** The other projects, by folders of test/. */
const FOLDERS = {
  http: [
    'admin',
    'adversarial',
    'browser',
    'fuzz',
    'http',
    'internals',
    'policy',
    'response',
    'users',
    'views',
  ],
  module: ['config', 'logging', 'module', 'observability', 'options', 'parity'],
  state: ['drain', 'state'],
  storages: ['checker', 'soak', 'storages'],
  integrations: ['transports'],
  processes: ['cli', 'docs', 'proxies', 'sample', 'schematics'],
};

const inProjects = Object.values(FOLDERS).flat();
for (const { parentPath, name } of readdirSync('test', { recursive: true, withFileTypes: true })) {
  const folder = parentPath.split(/[\\/]/)[1] ?? '';
  if (name.endsWith('.spec.ts') && !inProjects.includes(folder)) {
    throw new Error(`test/${folder} is in no project of jest.config.mjs.`);
  }
}

const runner = '<rootDir>/test/runner';

const project = (displayName, more) => ({
  displayName,
  runtime: `${runner}/runtime.cjs`,
  testEnvironment: `${runner}/environment.mjs`,
  setupFilesAfterEnv: [`${runner}/setup.mjs`],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  ...more,
});

/** Spec files run in plain Node: test/runner says how. */
export default {
  // Half of the time goes by in waiting for other processes. Jest does not take more than 100 %.
  maxWorkers: 2 * availableParallelism(),
  // It bounds a hang, not how busy a machine may be; what a test waits for, it waits for by itself.
  testTimeout: 180_000,
  projects: [
    project('unit', { testMatch: UNIT.map((path) => `<rootDir>/${path}`) }),
    ...Object.entries(FOLDERS).map(([name, folders]) =>
      project(name, {
        testMatch: [
          `<rootDir>/test/{${folders.join(',')},}/**/*.spec.ts`,
          ...UNIT.map((path) => `!**/${path}`),
        ],
        globalSetup: `${runner}/build.mjs`,
      }),
    ),
  ],
};
