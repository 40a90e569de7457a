import { memberOf } from '../validation/member.js';

/** An error of the driver as it is, but for those that do not say what to do: these get it said, and stay the cause. */
export function explain(error: unknown, key: string): unknown {
  const message = String(memberOf(error, 'message') ?? error);
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
