import { type MaintenanceStorage, MemoryStorage, type StoredRecord } from '../../lib/index.js';

type Read = () => Promise<StoredRecord | null>;
type Write = (text: string, expected?: string | null) => Promise<StoredRecord>;

/** A storage in memory that counts its calls, and can be made to fail and to work again at any time. */
export class FaultyStorage implements MaintenanceStorage {
  readonly name = 'faulty';
  readonly atomic = true;
  readonly missing?: 'off' | 'lost';
  /** What really is stored: for another writer, and for a look behind the storage's back. */
  memory = new MemoryStorage();
  reads = 0;
  writes = 0;
  closed = 0;
  /** What a call does instead; null: what it should. */
  faultyRead: ((read: Read) => Promise<unknown>) | null = null;
  faultyWrite: ((write: Write, ...args: Parameters<Write>) => Promise<StoredRecord>) | null = null;

  async read(): Promise<StoredRecord | null> {
    this.reads += 1;
    const read: Read = () => this.memory.read();
    // A faulty storage does not keep to its types either.
    return this.faultyRead ? ((await this.faultyRead(read)) as StoredRecord | null) : read();
  }

  async write(text: string, expected?: string | null): Promise<StoredRecord> {
    this.writes += 1;
    const write: Write = (...args) => this.memory.write(...args);
    return this.faultyWrite ? this.faultyWrite(write, text, expected) : write(text, expected);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  /** As a flushed Redis does. */
  loseAll(): void {
    this.memory = new MemoryStorage();
  }
}

export const hangs = (): Promise<never> => new Promise(() => undefined);
export const throws = (): Promise<never> => Promise.reject(new Error('broken on purpose'));
export const throwsAtOnce = (): never => {
  throw new Error('broken on purpose');
};
export const givesGarbage = async (): Promise<StoredRecord> => ({
  text: '<html>garbage</html>',
  version: '1',
});
