import { readFileSync, statSync } from 'node:fs';
import { MaintenanceOptionsError } from '../errors.js';
import { describe } from '../validation/check.js';

const MAX_BYTES = 64 * 1024;

/** By what the file contains, since a name may say something else. */
const TYPES: readonly (readonly [type: string, signature: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n\cZ\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  [
    'image/svg+xml',
    /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype|svg)[^]*(?<=<)svg[\s>]|^(?:\xef\xbb\xbf)?\s*<svg[\s>]/i,
  ],
];

/**
 * The file as a `data:` URI. It is shown by an `<img>`, in which an SVG can neither run scripts nor load anything.
 *
 * @throws MaintenanceOptionsError if it cannot be read, is too big, or is no image of these kinds.
 */
export function readLogo(path: string): string {
  const content = read(path);
  const text = content.toString('latin1');
  const [type] = TYPES.find(([, signature]) => signature.test(text)) ?? [];
  if (type === undefined) throw refused(path, 'it is none of these');
  return `data:${type};base64,${content.toString('base64')}`;
}

function read(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw refused(path, `it has ${size} bytes, and every page contains it`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof MaintenanceOptionsError) throw error;
    throw refused(path, error instanceof Error ? error.message : String(error), error);
  }
}

function refused(path: string, why: string, cause?: unknown): MaintenanceOptionsError {
  const expected = `expected the path of an SVG, PNG, JPEG, WebP or GIF file of at most ${MAX_BYTES / 1024} kB`;
  return new MaintenanceOptionsError('response.page.logo', `${expected}, got ${describe(path)}: ${why}`, {
    cause,
  });
}
