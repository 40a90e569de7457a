import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { textIn } from './assertions.js';
import type { Place } from './storage-under-test.js';

const ROUNDS = 40;

export async function saysWhatItIs({ connect }: Place): Promise<void> {
  const { name, atomic, missing, location } = await connect();
  assert.equal(typeof name, 'string', 'name is a string');
  assert.notEqual(name.trim(), '', 'name is not empty');
  assert.equal(typeof atomic, 'boolean', 'atomic is true or false');
  assert.ok([undefined, 'off', 'lost'].includes(missing), 'missing is "off" or "lost", or absent');
  assert.ok(['undefined', 'string'].includes(typeof location), 'location is a string, or absent');
}

export async function readsNothing({ connect }: Place): Promise<void> {
  const storage = await connect();
  assert.equal(await storage.read(), null);
  assert.equal(await storage.read(), null, 'reading stores nothing');
  assert.equal(await (await connect()).read(), null, 'reading stores nothing for others');
}

export async function keeps({ connect }: Place, text: string): Promise<void> {
  const storage = await connect();
  const written = await storage.write(text);
  assert.equal(written?.text, text, 'write returns what it has stored');
  assert.equal(await textIn(storage), text);
}

export async function replaces({ connect }: Place): Promise<void> {
  const storage = await connect();
  for (const text of ['a long first text', 'short', '', 'short again']) {
    await storage.write(text);
    assert.equal(await textIn(storage), text);
  }
}

export async function readsOthers({ connect }: Place): Promise<void> {
  const [one, other] = [await connect(), await connect()];
  for (const text of ['first', 'second']) {
    await one.write(`${text} of one`);
    assert.equal(await textIn(other), `${text} of one`);
    await other.write(`${text} of the other`);
    assert.equal(await textIn(one), `${text} of the other`);
  }
}

export async function outlivesClose({ connect }: Place): Promise<void> {
  const storage = await connect();
  await storage.write('kept');
  await storage.close?.();
  assert.equal(await textIn(await connect()), 'kept');
}

export async function givesWholeTexts({ connect }: Place): Promise<void> {
  const [writer, ...readers] = [await connect(), await connect(), await connect()];
  const texts = ['a'.repeat(100_000), 'b'.repeat(30_000)];
  await writer.write(texts[0] ?? '');
  const progress = { done: false };
  const reading = readers.map(async (reader) => {
    while (!progress.done) {
      const text = await textIn(reader);
      assert.ok(texts.includes(text), `a reader got ${text.length} characters that nobody has written`);
      await nextTurn();
    }
  });
  const writes = async (): Promise<void> => {
    for (let round = 1; round <= ROUNDS; round += 1) await writer.write(texts[round % 2] ?? '');
  };
  await Promise.all([writes().finally(() => (progress.done = true)), ...reading]);
}
