import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What is measured has a core of its own; all else stays away from it. */
export const MEASURED_CORE = 0;
export const OTHER_CORE = 1;

export const canPin = process.platform === 'linux' && availableParallelism() > 1;

/** A command line that runs on one core, where the system can do that. */
export function pinned(core, command, args) {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, args];
}

/**
 * Starts a file of this folder as a process of its own, and waits for its first message.
 *
 * @param argument what the file finds in `process.argv[2]`, as JSON.
 */
export async function startChild(file, argument, { core, flags = [] }) {
  const [execPath, execArgv] = pinned(core, process.execPath, flags);
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [JSON.stringify(argument)], { execPath, execArgv, env: environment() });
  const ended = once(child, 'exit');
  const ready = await answerOf(child, file);
  return {
    ready,
    ended,
    ask(command, question) {
      const answer = answerOf(child, file);
      child.send({ command, question });
      return answer;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

function environment() {
  return { ...process.env, NODE_ENV: 'production' };
}

async function answerOf(child, file) {
  const either = new AbortController();
  const { signal } = either;
  const ended = once(child, 'exit', { signal }).then(([code, by]) =>
    Promise.reject(new Error(`${file} has ended with ${code ?? by}.`)),
  );
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal }), ended]);
    return answer;
  } finally {
    either.abort();
  }
}
