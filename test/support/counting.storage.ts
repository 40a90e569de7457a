import { MemoryStorage, type StoredRecord } from '../../lib/index.js';

/** Keeps the state in memory and counts its writes. */
export class CountingStorage extends MemoryStorage {
  writes = 0;

  override async write(text: string, expected?: string | null): Promise<StoredRecord> {
    this.writes += 1;
    return super.write(text, expected);
  }
}
