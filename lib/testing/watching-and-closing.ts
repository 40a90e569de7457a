import assert from 'node:assert/strict';
import { assertError, textIn } from './assertions.js';
import type { Place } from './storage-under-test.js';

export async function tellsWatchers({ connect, watch }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  const watching = await watch(storage);
  if (!watching) return;
  for (const text of ['first', 'second', 'third']) {
    const { calls } = watching;
    await other.write(text);
    await watching.calledAfter(calls);
    assert.equal(await textIn(storage), text, 'what a watcher is told of can be read');
  }
}

export async function stopsTelling({ connect, watch }: Place): Promise<void> {
  const [storage, other] = [await connect(), await connect()];
  const [stopped, going] = [await watch(storage), await watch(storage)];
  if (!stopped || !going) return;
  await stopped.stop();
  const callsWhenStopped = stopped.calls;
  // When the watcher that goes on has heard of the later writes, the other one would have heard of the first.
  for (const text of ['first', 'second', 'third']) {
    const { calls } = going;
    await other.write(text);
    await going.calledAfter(calls);
  }
  assert.equal(stopped.calls, callsWhenStopped, 'a watcher was called after it was stopped');
}

export async function closesTwice({ connect }: Place): Promise<void> {
  const storage = await connect();
  await storage.write('text');
  await storage.close?.();
  await storage.close?.();
}

export async function rejectsUnreachable({ connectBroken }: Place): Promise<void> {
  const storage = await connectBroken();
  if (!storage) return;
  for (const call of [() => storage.read(), () => storage.write('text')]) {
    await assert.rejects(call, (error) => {
      assertError(error);
      return error.message !== '';
    });
  }
}
