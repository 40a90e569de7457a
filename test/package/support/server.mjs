import { spawn } from 'node:child_process';
import { once } from 'node:events';

const LIMIT_MS = 30_000;
/** Node 22.12 says once of a CommonJS application that `require` of an ES module is experimental; later ones do not. */
const QUIET = '--disable-warning=ExperimentalWarning';

/** Starts an application as a process of its own, and resolves when it listens. */
export async function start(node, script, cwd) {
  const child = spawn(node, [QUIET, script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));

  const url = await limited(
    child,
    'did not say where it listens',
    new Promise((resolve, reject) => {
      child.stdout.on('data', () => {
        const [, address] = /^listening on (\S+)$/m.exec(stdout) ?? [];
        if (address !== undefined) resolve(address);
      });
      const whatItSaid = () => reject(new Error(`It ended before it listened.\n${stdout}${stderr}`));
      closed.then(whatItSaid, reject);
    }),
  );
  return {
    url,
    stderr: () => stderr,
    kill: () => child.kill('SIGKILL'),
    /** Asks it to end, as an orchestrator does, and resolves to how it did. */
    async terminate() {
      child.kill('SIGTERM');
      const [code, signal] = await limited(child, 'was still alive', closed);
      return { code, signal };
    },
  };
}

/** A process that does not do it in time is ended, and is a failure. */
async function limited(child, complaint, work) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`After ${LIMIT_MS} ms the application ${complaint}.`));
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
