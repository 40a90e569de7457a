import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBehaviour } from './behaviour.mjs';
import { install, run } from './command.mjs';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** Makes an application that uses the packed package, and checks it from its installation to its end. */
export async function checkConsumer(report, { nest, adapter, packages, tarball, node, directory }) {
  const name = `${nest} ${adapter}`;
  const cwd = join(directory, `${nest}-${adapter}`);
  const check = (what, work) => report.check(`${name}: ${what}`, work);

  await layOut(cwd, nest, adapter);
  const isReady =
    (await check('installs without a complaint about peers', async () => {
      const { stderr } = await install([tarball, ...packages], cwd);
      assert.doesNotMatch(stderr, /ERESOLVE|peer|nestjs-maintenance-mode/i);
    })) &&
    (await check('npm ls finds nothing missing, invalid or extraneous', () =>
      run('npm', ['ls', '--all'], { cwd }),
    )) &&
    (await check('type-checks, the libraries too, and builds', () => compile(cwd, 'tsconfig.json')));
  if (!isReady) return;

  await check('the package brings Handlebars and ipaddr.js, and nothing else', () =>
    bringsOnly(cwd, ['handlebars', 'ipaddr.js']),
  );
  for (const config of await otherConfigs(cwd)) {
    await check(`type-checks with ${config}`, () => compile(cwd, config, '--noEmit'));
  }
  await check('loads nestjs-maintenance-mode/testing', () => run(node, ['dist/load-testing.js'], { cwd }));
  await checkBehaviour(check, { node, script: `dist/main.${adapter}.js`, cwd });
}

/** The shared sources with the main file of one adapter, since the other adapter is not installed. */
async function layOut(cwd, nest, adapter) {
  await mkdir(cwd);
  await cp(join(FIXTURES, nest), cwd, { recursive: true });
  const isWanted = (file) => !/main\.\w+\.ts$/.test(file) || file.endsWith(`main.${adapter}.ts`);
  await cp(join(FIXTURES, 'app'), join(cwd, 'src'), { recursive: true, filter: isWanted });
}

/** tsc, of the version that the application has. */
function compile(cwd, config, ...flags) {
  return run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config, ...flags], { cwd });
}

async function otherConfigs(cwd) {
  return (await readdir(cwd)).filter((file) => /^tsconfig\..+\.json$/.test(file));
}

/** Compares what npm put beneath the package with what the application itself has asked for. */
async function bringsOnly(cwd, expected) {
  const { dependencies: own } = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'));
  const { stdout } = await run('npm', ['ls', '--all', '--json'], { cwd });
  const { dependencies } = JSON.parse(stdout);
  // A peer that is optional and not installed is listed without a version.
  const brought = Object.entries(dependencies['nestjs-maintenance-mode'].dependencies)
    .filter(([, { version }]) => version !== undefined)
    .map(([name]) => name);
  assert.deepEqual(
    brought.filter((dependency) => !(dependency in own)),
    expected,
  );
}
