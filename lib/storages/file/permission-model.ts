import { dirname, join } from 'node:path';
import { codeOf } from './replace-file.js';

/** An error of Node's permission model with the flags that are missing; other errors as they are. */
export function withFlags(error: unknown, path: string): unknown {
  if (codeOf(error) !== 'ERR_ACCESS_DENIED') return error;
  const files = join(dirname(path), '*');
  return new Error(
    `Node's permission model denies access to ${path}. Start the application with ` +
      `--allow-fs-read=${files} --allow-fs-write=${files}`,
    { cause: error },
  );
}
