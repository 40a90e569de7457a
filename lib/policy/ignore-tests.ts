import type { Exemption } from './exemption.js';

/** Lets everything through while a test runner runs this process. */
export function ignoreTests(process: Pick<NodeJS.Process, 'env' | 'argv' | 'execArgv'>): Exemption {
  const underTest = isTestRun(process);
  return { name: 'tests', covers: () => underTest };
}

/** Jest, Vitest and node's runner say it in the environment of what they run; Mocha is the program itself. */
export function isTestRun({
  env,
  argv,
  execArgv,
}: Pick<NodeJS.Process, 'env' | 'argv' | 'execArgv'>): boolean {
  return (
    env['JEST_WORKER_ID'] !== undefined ||
    env['VITEST'] !== undefined ||
    env['NODE_TEST_CONTEXT'] !== undefined ||
    env['MOCHA_WORKER_ID'] !== undefined ||
    execArgv.includes('--test') ||
    /[\\/]_?mocha(?:\.js)?$/.test(argv[1] ?? '')
  );
}
