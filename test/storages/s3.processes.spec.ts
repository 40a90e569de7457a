import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, jest } from '@jest/globals';
import { killBuilt, startBuilt } from '../support/built.js';
import { describeWithS3, S3Tests } from '../support/s3-tests.js';

const PROCESSES = 8;
const TOGGLES = 100;

interface Toggled {
  readonly revisions: readonly (readonly [revision: number, reason: string])[];
  readonly lost: number;
}

const s3 = new S3Tests();
const children: ChildProcess[] = [];

// Many processes of their own, on a machine that may be busy.
jest.setTimeout(600_000);

afterEach(async () => {
  s3.server.thaw();
  await Promise.all(children.splice(0).map(killBuilt));
});

/** Of a client in another process. */
function configuration(): string {
  const { endpoint, credentials } = s3.server;
  return JSON.stringify({ endpoint, credentials, region: 'default', forcePathStyle: true });
}

describeWithS3('Processes that share an object of S3', () => {
  it(`make ${PROCESSES} x ${TOGGLES} toggles at once, lose none, and know of each that has lost`, async () => {
    const bucket = await s3.server.makeBucket();
    for (let index = 0; index < PROCESSES; index += 1) {
      const args = [configuration(), bucket, `process ${index}`, `${TOGGLES}`];
      children.push(await startBuilt('s3-toggle', ...args));
    }
    const results = children.map(async (child) => {
      const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`)));
      return ((await Promise.race([once(child, 'message'), ended])) as [Toggled])[0];
    });
    for (const child of children) child.send('go');
    const toggled = await Promise.all(results);

    const all = toggled.flatMap(({ revisions }) => revisions);
    const numbers = all.map(([revision]) => revision);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: PROCESSES * TOGGLES }, (_, index) => index + 1),
    );
    for (const { revisions } of toggled) {
      const own = revisions.map(([revision]) => revision);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    // What is stored is what the last one was told.
    const [, last] = all.find(([revision]) => revision === PROCESSES * TOGGLES) ?? [];
    expect((await (await s3.storage({ bucket })).storage.read())?.text).toContain(`"reason": "${last}"`);
  });

  it.each([
    ['up', () => undefined],
    ['frozen', () => s3.server.freeze()],
  ])('end by themselves once they were closed while S3 is %s', async (_, happens) => {
    const child = await startBuilt('s3-application', configuration(), await s3.server.makeBucket());
    children.push(child);
    happens();
    const exit = once(child, 'exit');
    child.send('close');
    expect(await exit).toEqual([0, null]);
  });

  it('end by themselves once they were closed when S3 was frozen from the beginning', async () => {
    const bucket = await s3.server.makeBucket();
    s3.server.freeze();
    const child = await startBuilt('s3-application', configuration(), bucket);
    children.push(child);
    const exit = once(child, 'exit');
    child.send('close');
    expect(await exit).toEqual([0, null]);
  });
});
