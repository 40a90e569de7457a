// Writes the state file of the first argument twice and reads it; with "bare", on file handles that lack what is optional.
import { open } from 'node:fs/promises';
import { FileStorage } from '../../../dist-modules/storages/file/file.storage.js';

const [, , path, mode] = process.argv;
if (mode === 'bare') {
  const handle = await open(path, 'a');
  const prototype = Object.getPrototypeOf(handle);
  for (const name of ['chmod', 'chown', 'sync', 'datasync']) prototype[name] = undefined;
  await handle.close();
}
const storage = new FileStorage({ path });
await storage.write('0');
await storage.write('1');
process.stdout.write((await storage.read()).text);
