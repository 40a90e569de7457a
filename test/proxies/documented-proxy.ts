import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, type Answer } from './ask.js';
import { freePort } from '../support/free-port.js';
import { findProgram } from '../support/programs.js';
import { makeDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const PAGE = readFileSync('docs/behind-a-proxy.md', 'utf8');
const SBIN = ['/usr/sbin', '/usr/local/sbin'];

export const nginx = findProgram('nginx', ...SBIN);
export const haproxy = findProgram('haproxy', ...SBIN);

/** A proxy with an example of `docs/behind-a-proxy.md`, in front of applications on these ports. */
export interface Proxy {
  get(path: string, accept?: string): Promise<Answer>;
}

const running = new Set<ChildProcess>();

/** For `afterEach`. */
export async function stopProxies(): Promise<void> {
  const children = [...running];
  running.clear();
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
}

/** @param comment begins the example. */
function example(language: string, comment: string): string {
  for (const [, code = ''] of PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))) {
    if (code.startsWith(`# ${comment}`)) return code;
  }
  throw new Error(`There is no example "${comment}" of ${language} in docs/behind-a-proxy.md.`);
}

export async function startNginx(comment: string, ports: readonly number[]): Promise<Proxy> {
  const directory = await makeDirectory();
  await mkdir(join(directory, 'errors'));
  await writeFile(join(directory, 'errors/down.html'), 'The page of nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return start(nginx, directory, example('nginx', comment), ports, {
    // Workers of a root's nginx belong to another user, who may not look into the directory.
    config: (
      text,
    ) => `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${directory}/pid; error_log stderr; events {}
http { access_log off; ${temporary.join(' ')}
${text.replace('/var/www/errors', `${directory}/errors`).replace('/var/cache/nginx', `${directory}/cache`)}
}`,
    args: (file) => ['-p', directory, '-e', 'stderr', '-c', file],
  });
}

export async function startHaproxy(comment: string, ports: readonly number[]): Promise<Proxy> {
  const directory = await makeDirectory();
  return start(haproxy, directory, example('haproxy', comment), ports, {
    config: (text) => `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${text}`,
    args: (file) => ['-db', '-f', file],
  });
}

interface Program {
  readonly config: (example: string) => string;
  readonly args: (file: string) => string[];
}

async function start(
  program: string | undefined,
  directory: string,
  text: string,
  ports: readonly number[],
  { config, args }: Program,
): Promise<Proxy> {
  const port = await freePort();
  const here = text
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('bind :80', `bind 127.0.0.1:${port}`)
    .replaceAll(/10\.0\.0\.(\d):3000/g, (_, which: string) => `127.0.0.1:${ports[Number(which) - 1]}`);
  const file = join(directory, 'proxy.conf');
  await writeFile(file, config(here));
  const child = spawn(program ?? '', args(file), { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const proxy: Proxy = {
    get: (path, accept = 'text/html') => ask(`http://127.0.0.1:${port}${path}`, accept),
  };
  await until('the proxy answers', async () => {
    if (child.exitCode !== null) throw new Error(`It has ended.\n${output}`);
    return proxy.get('/health').then(
      ({ status }) => status === 200,
      () => false,
    );
  });
  return proxy;
}
