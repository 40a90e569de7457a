import { open } from 'node:fs/promises';
import { codeOf, ifPossible } from './replace-file.js';

/**
 * - `EBUSY`, `EXDEV`: the file is a mount, as a single file that is mounted into a container
 * - `EACCES`, `EPERM`, `EROFS`, `ERR_ACCESS_DENIED` (Node's permission model): nothing can be created in its folder
 */
const NOT_REPLACEABLE = ['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED'];

/** Whether a file that could not be replaced may be writable all the same. */
export function isNotReplaceable(error: unknown): error is Error & { readonly code: string } {
  return NOT_REPLACEABLE.includes(String(codeOf(error)));
}

/**
 * Writes an existing file without replacing it. A reader, or a crash, may find the new text followed by the rest of the old one,
 * which does not parse as a record.
 *
 * @param beforeWrite called at the last moment; if it throws, the file stays as it is.
 */
export async function writeInPlace(path: string, text: string, beforeWrite: () => void): Promise<void> {
  const file = await open(path, 'r+');
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a file`);
    const bytes = Buffer.from(text);
    beforeWrite();
    await file.writeFile(bytes);
    await file.truncate(bytes.length);
    await ifPossible(() => file.sync());
  } finally {
    await file.close();
  }
}
