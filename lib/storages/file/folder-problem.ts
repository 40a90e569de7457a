import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, followLinks, isMissing } from './replace-file.js';

/** Why changes of the state file would fail, and what to do about it; null if they would not. */
export async function folderProblem(path: string): Promise<string | null> {
  let folder = dirname(path);
  try {
    folder = dirname(await followLinks(path));
    await stat(folder);
  } catch (error) {
    const what = isMissing(error) ? 'does not exist' : `cannot be read (${codeOf(error)})`;
    return (
      `${folder}, the folder of the maintenance state, ${what}: maintenance cannot be turned on. ` +
      'Create it, or set the path of FileStorage.'
    );
  }
  if ((await isWritable(folder)) || (await isWritable(path))) return null;
  return (
    `${folder}, the folder of the maintenance state, cannot be written by this process: it follows the state, but cannot ` +
    'change it. If it should, allow it to create files there.'
  );
}

async function isWritable(path: string): Promise<boolean> {
  // `access` does not ask Node's permission model, which is undefined without its flag.
  const permission = process.permission as typeof process.permission | undefined;
  if (permission?.has('fs.write', path) === false) return false;
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
