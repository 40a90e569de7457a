import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, run } from '../../package/support/command.mjs';
import { ask, askUntil } from '../../package/support/http.mjs';
import { installNode } from '../../package/support/node-version.mjs';
import { openAndClose, start } from './server.mjs';

const SPEC = fileURLToPath(new URL('../fixtures/maintenance.e2e-spec.ts', import.meta.url));

/** What `nest new` makes, of one version of Nest's CLI, with the module imported. */
export async function checkApplication(check, { cli, peers, bundler, node, directory, tarball }) {
  const cwd = join(directory, 'shop');
  const isReady =
    (await check('is made by its CLI', () =>
      run('npm', ['exec', '--yes', `--package=@nestjs/cli@${cli}`, '--', 'nest', 'new', ...NEW], {
        cwd: directory,
      }),
    )) && (await check('installs the package', () => install([tarball], cwd)));
  if (!isReady) return;

  const isImported = await check('nest add', () => nestAdd(cwd));
  if (!isImported) await importModule(join(cwd, 'src/app.module.ts'));
  await check('npm test', () => run('npm', ['test'], { cwd }));
  await check('npm run test:e2e', () => run('npm', ['run', 'test:e2e'], { cwd }));
  if (await check('npm run build', () => run('npm', ['run', 'build'], { cwd }))) await checkRun(check, cwd);

  await check('a test of its own turns maintenance on, beside a gateway and a message handler', async () => {
    await install([...peers, peers[0].replace('websockets', 'platform-socket.io')], cwd);
    await cp(SPEC, join(cwd, 'test/maintenance.e2e-spec.ts'));
    await run('npm', ['run', 'test:e2e'], { cwd });
  });
  await check(`nest build ${bundler.flags.join(' ')}: answers 200, then 503, and 200 again`, async () => {
    if (bundler.packages.length > 0) await install(bundler.packages, cwd);
    await run('npx', ['--no', 'nest', 'build', ...bundler.flags], { cwd });
    await openAndClose('dist/main.js', cwd);
  });
  if (!process.version.startsWith(`v${node}.`)) await checkOnNode(check, node, cwd, directory);
}

async function checkOnNode(check, version, cwd, directory) {
  await check(
    `with Node ${version}: npm run test:e2e, npm run build; answers 200, then 503, and 200 again`,
    async () => {
      const node = await installNode(version, directory);
      const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
      await run('npm', ['run', 'test:e2e'], { cwd, env });
      await run('npm', ['run', 'build'], { cwd, env });
      await openAndClose('dist/main.js', cwd, { node });
    },
  );
}

const NEW = ['shop', '--skip-git', '--skip-install', '--package-manager', 'npm'];

/** The second time it changes nothing. */
async function nestAdd(cwd) {
  const add = () => run('npx', ['--no', 'nest', 'add', 'nestjs-maintenance-mode', '--skip-install'], { cwd });
  const files = () =>
    Promise.all(
      ['src/app.module.ts', '.gitignore', 'nest-cli.json'].map((name) => readFile(join(cwd, name), 'utf8')),
    );
  await add();
  const once = await files();
  assert.match(once[0], /imports: \[MaintenanceModule\.forRoot\(\)\]/);
  assert.match(once[1], /^maintenance-state\.json$/m);
  await add();
  assert.deepEqual(await files(), once);
}

/** As the README says, for a version that has no \`nest add\`. */
async function importModule(file) {
  const text = await readFile(file, 'utf8');
  assert.match(text, /imports: \[\]/);
  const changed = text.replace('imports: []', 'imports: [MaintenanceModule.forRoot()]');
  await writeFile(file, `import { MaintenanceModule } from 'nestjs-maintenance-mode';\n${changed}`);
}

async function checkRun(check, cwd) {
  const command = (name) => run('npx', ['--no', 'nestjs-maintenance-mode', name], { cwd });
  let app;
  try {
    const isRunning = await check('node dist/main answers 200', async () => {
      app = await start('dist/main', cwd);
      assert.equal((await ask(app.url)).status, 200);
    });
    if (!isRunning) return;
    await check('answers 503 after "on"', async () => {
      await command('on');
      await askUntil(503, app.url);
    });
    await check('answers 200 after "off"', async () => {
      await command('off');
      await askUntil(200, app.url);
    });
  } finally {
    app?.kill();
  }
}
