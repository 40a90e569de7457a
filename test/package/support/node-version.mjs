import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install, run } from './command.mjs';

/** Installs a version of Node, such as `22` or `20.19`. Resolves to its program. */
export async function installNode(version, directory) {
  const cwd = join(directory, `node-${version}`);
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{ "private": true }');
  // Its script picks the program for this machine.
  await install([`node@${version}`], cwd, { scripts: true });
  const program = join(cwd, 'node_modules', 'node', 'bin', 'node');
  const { stdout } = await run(program, ['--version'], { cwd });
  process.stdout.write(`# applications run with Node ${stdout}`);
  return program;
}
