import { execFile } from 'node:child_process';

/** Runs a program to its end. @throws what it has printed, where it fails. */
export function run(file, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}`));
      else resolve({ stdout, stderr });
    });
  });
}

/** Installs into a directory, as quietly and quickly as npm can. */
export function install(packages, cwd, { scripts = false } = {}) {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', '--save-exact'];
  return run('npm', ['install', ...flags, ...(scripts ? [] : ['--ignore-scripts']), ...packages], { cwd });
}
