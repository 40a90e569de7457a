import { afterEach, expect, it } from '@jest/globals';
import { command, killCommands, makeProject } from '../support/command-line.js';
import { killSamples, startSample } from '../support/samples.js';
import { removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

afterEach(async () => {
  await killCommands();
  await killSamples();
  await removeDirectories();
});

it('the sample of scheduled jobs rests during maintenance, all of it or a part', async () => {
  const directory = await makeProject();
  const sample = await startSample('11-scheduled-jobs', directory, /At work\.\n/);
  const count = (line: string): number => sample.output().split(line).length - 1;
  const BEAT = 'Still alive.';
  const REMINDER = 'Reminder: the tea is ready.';
  const INVOICE = 'Invoice written.';
  /** Those that ran while the heart has beaten three times. */
  const running = async (): Promise<string[]> => {
    const lines = [BEAT, REMINDER, INVOICE];
    const before = lines.map(count);
    await until('three beats', () => count(BEAT) >= (before[0] ?? 0) + 3);
    return lines.filter((line, index) => count(line) > (before[index] ?? 0));
  };
  await expect(running()).resolves.toEqual([BEAT, REMINDER, INVOICE]);
  await command(directory, 'on', '--scope', 'billing');
  await until('the worker knows', () => sample.output().includes('InvoicesService.write() is held back'));
  await expect(running()).resolves.toEqual([BEAT, REMINDER]);
  await command(directory, 'on');
  await until('the worker knows', () => sample.output().includes('RemindersService.remind() is held back'));
  await expect(running()).resolves.toEqual([BEAT]);
  await command(directory, 'off');
  await command(directory, 'off', '--scope', 'billing');
  await until('the worker knows', () => sample.output().includes('deactivated'));
  await until('invoices again', async () => (await running()).length === 3);
});
