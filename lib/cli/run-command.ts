import { setTimeout as delay } from 'node:timers/promises';
import type { EnableOptions } from '../interfaces/maintenance-status.js';
import { NO_END } from './answers.js';
import { ChildCommand } from './child-command.js';
import type { CommandContext } from './command-context.js';
import { complain, messageOf } from './terminal.js';

/** `run`: on, wait until everything is closed, the command, then what was before. Resolves to the exit status. */
export async function runCommand(
  command: readonly string[],
  options: EnableOptions,
  context: CommandContext,
): Promise<number> {
  const { target } = context;
  const child = new ChildCommand(command);
  let hasEnded = false;
  let ending = 'The command was not started.';
  try {
    return await target.run(async (revision) => {
      // On stderr: stdout belongs to the command.
      for (const line of [`Maintenance is on while the command runs. ${target.label}`, ...target.remarks])
        complain(line);
      if (options.endsAt === undefined) complain(NO_END);
      await allClosed(context, options, revision, child.interruption);
      const status = await child.run();
      hasEnded = true;
      ending = `The command has exited with ${status}.`;
      return status;
    }, options);
  } catch (error) {
    // Restoring has failed: alone, since a command that fails is no error here, or together with the work.
    if (!hasEnded && !(error instanceof AggregateError)) throw error;
    const rest = `${ending} Maintenance is still on: turn it off with "off".`;
    throw new Error(`${messageOf(error)} ${rest}`, { cause: error });
  } finally {
    child.release();
  }
}

/** @throws if an instance is not closed and quiet in time. */
async function allClosed(
  { target, instances }: CommandContext,
  { scope }: EnableOptions,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  if (instances !== null) {
    try {
      await instances.closed({ scope, revision }, signal);
    } catch (error) {
      throw new Error(`The command was not started: ${messageOf(error)}.`, { cause: error });
    }
  } else if (target.noticeMs > 0) {
    complain(
      `Waiting ${(target.noticeMs / 1000).toFixed(1)} s, until every instance has polled the state. ` +
        'Requests that began before may still be at work: --wait-for makes sure.',
    );
    await delay(target.noticeMs, undefined, { signal }).catch(() => undefined);
  }
}
