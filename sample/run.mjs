/**
 * Runs a sample in its own directory, where it keeps its state:
 *
 *     npm run sample 08
 *     npm run sample 08 client
 *
 * The second word is another program of the sample; without it, `main`.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SAMPLES = new URL('./', import.meta.url);
const COMPILED = new URL('../dist-sample/', import.meta.url);

const names = readdirSync(SAMPLES).filter((name) => /^\d\d-/.test(name));
const [wanted = '', program = 'main', ...rest] = process.argv.slice(2);
const name = names.find((candidate) => candidate === wanted || candidate.startsWith(`${wanted}-`));
if (name === undefined) {
  fail(`Which sample? npm run sample NN, where NN is the number of one of these:\n${names.join('\n')}`);
}

const path = [`${program}.js`, `${program}/main.js`]
  .map((file) => new URL(`${name}/${file}`, COMPILED))
  .find((url) => existsSync(url));
if (path === undefined) fail(`${name} has no program "${program}": see sample/${name}/README.md.`);

const child = spawn(process.execPath, [fileURLToPath(path), ...rest], {
  cwd: new URL(`${name}/`, SAMPLES),
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
