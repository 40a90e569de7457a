import { afterEach, expect, it } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { killSamples, runSample } from '../support/samples.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

afterEach(async () => {
  await killSamples();
  await removeDirectories();
});

/** What each instance has answered in the line that has this text. */
const answers = (output: string, text: string): string[] => {
  const line = output.split('\n').find((candidate) => candidate.includes(text)) ?? '';
  return line.trimEnd().split(/\s+/).slice(-3);
};

describeWithRedis('the sample of many instances', () => {
  it('keeps one state through the loss of Redis, and ends by itself', async () => {
    const { code, output } = await runSample('06-many-instances', await makeDirectory(), 0);
    expect({ code, output }).toMatchObject({ code: 0 });
    const lines = [
      ['all are open', '200'],
      ['"on", sent to #', '503'],
      ['Redis killed', '503'],
      ['not done, and said so', '503'],
      ['Redis is back', '503'],
      ['an instance has written back', '503'],
      ['FLUSHALL', '503'],
      ['written back again', '503'],
      [', answered 200 ', '200'],
    ] as const;
    expect(lines.map(([text]) => [text, ...answers(output, text)])).toEqual(
      lines.map(([text, status]) => [text, status, status, status]),
    );
    expect(output).toMatch(/"on", sent to #\d, answered 200; all knew \d+ ms later/);
    expect(output).toMatch(/"off", sent to #\d, answered 5\d\d: not done, and said so/);
  });
});
