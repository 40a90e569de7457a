// Writes two states over each other, as fast as it can, until it is killed.
import { FileStorage } from '../../../dist-modules/storages/file/file.storage.js';

const [, , path, ...texts] = process.argv;
const storage = new FileStorage({ path });
for (let round = 0; ; round += 1) {
  await storage.write(texts[round % texts.length].repeat(5_000));
  if (round === 0) process.send('writing');
}
