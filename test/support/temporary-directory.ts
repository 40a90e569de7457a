import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();

export async function makeDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'maintenance-'));
  made.add(path);
  return path;
}

/** For `afterEach`: removes what the test has made. */
export async function removeDirectories(): Promise<void> {
  const paths = [...made];
  made.clear();
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}
