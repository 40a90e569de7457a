import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts the application as a process of its own; `died` resolves, in words, if it ends by itself. */
export async function startApplication(configuration) {
  const path = fileURLToPath(new URL('application.mjs', import.meta.url));
  const child = fork(path, [JSON.stringify(configuration)], {
    execArgv: ['--expose-gc', '--disable-warning=DEP0170'],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr.on('data', (text) => void (errors = (errors + text).slice(-4_000)));
  const died = once(child, 'exit').then(async ([code, signal]) => {
    // Its last words are read a little later.
    await new Promise((resolve) => void setTimeout(resolve, 100));
    return `the process ended with ${code ?? signal}: ${errors}`;
  });
  const failed = died.then((words) => Promise.reject(new Error(words)));
  failed.catch(() => undefined);
  const [{ port }] = await Promise.race([once(child, 'message'), failed]);
  const waiting = new Map();
  let asked = 0;
  child.on('message', ({ number, result }) => {
    waiting.get(number)?.(result);
    waiting.delete(number);
  });
  return {
    port,
    died,
    ask(command, argument) {
      asked += 1;
      const number = asked;
      const answer = new Promise((resolve) => void waiting.set(number, resolve));
      if (child.connected) child.send({ number, command, argument });
      return Promise.race([answer, failed]);
    },
    async stop() {
      if (child.connected) child.disconnect();
      await died;
    },
  };
}
