import { memberOf } from '../validation/member.js';

/** An error of the driver as it is, but for those that do not say what to do: these get it said, and stay the cause. */
export function explain(error: unknown, key: string): unknown {
  const message = messageOf(error);
  if (message.startsWith('WRONGTYPE')) {
    const advice = `The key ${key} holds something that is not a maintenance state: give RedisStorage another key.`;
    return new Error(advice, { cause: error });
  }
  if (message.includes('NOPERM') || message.includes("can't run this command")) {
    const needed = `+get +set +eval +time +publish +subscribe ~${key} &${key}`;
    return new Error(`Redis refuses: ${message} The user needs: ${needed}`, { cause: error });
  }
  // A host with several addresses, none of which answers.
  if (message === '') {
    return new Error(`Redis cannot be reached: ${String(memberOf(error, 'code'))}`, { cause: error });
  }
  return error;
}

/** Whether Redis itself has answered with it: such a message begins with a code in capitals. */
export function isReply(error: unknown): boolean {
  return /^-?[A-Z]{2,} /.test(messageOf(error));
}

/** Whether this server is not, or not now, the one that takes writes: after a failover its name may be another's. */
export function isOfWrongServer(error: unknown): boolean {
  return isReply(error) && /\b(READONLY|MASTERDOWN|LOADING|CLUSTERDOWN)\b/.test(messageOf(error));
}

/** Whether node-redis has refused or taken back a command before it was sent. */
export function isUnsent(error: unknown): boolean {
  return /was aborted|is closed|is offline|not connected|root nodes|^connect E|^Connection timeout/.test(
    messageOf(error),
  );
}

/** What is wrong with a server that answers so to `ROLE`; null for one that can be used, and for other answers. */
export function explainRole(answer: unknown): Error | null {
  const [role, host, port, link] = Array.isArray(answer) ? answer.map(String) : [];
  if (role !== 'slave' || link === 'connected') return null;
  return new Error(
    `This Redis is a replica that has no connection to its master ${host}:${port} (${link}), so what it holds may be old.`,
  );
}

/** What a client answers that does not give the bytes that were asked for. */
export function unexpectedAnswer(command: string, answer: unknown): Error {
  return new Error(
    `The Redis client answers ${command} with something else than expected (${typeof answer}): RedisStorage needs a client ` +
      'of node-redis 5 or 6, whose replies can be asked for as bytes.',
  );
}

function messageOf(error: unknown): string {
  return String(memberOf(error, 'message') ?? error);
}
