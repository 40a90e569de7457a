import { fileURLToPath } from 'node:url';

/** Where the templates are: tsc compiles the sources to `dist-sample/`, and copies nothing else. */
export const FOLDER = fileURLToPath(new URL('../../sample/03-templates/', import.meta.url));
