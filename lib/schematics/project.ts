import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as typescript from 'typescript';
import { memberOf } from '../validation/values.js';

/** The default path of `FileStorage`. */
export const STATE_FILE = 'maintenance-state.json';

export type TypeScript = typeof typescript;

/** The part that is used here of the `Tree` of `@angular-devkit/schematics`: the files of the project, with changes not yet written. */
export interface ProjectFiles {
  exists(path: string): boolean;
  readText(path: string): string;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): Folder;
}

export interface Folder {
  readonly subfiles: readonly string[];
  readonly subdirs: readonly string[];
}

/** What the user has to do instead. Nothing has been changed. */
export class NotUnderstoodError extends Error {
  override readonly name = 'NotUnderstoodError';

  constructor(reason: string) {
    super(`${reason} Nothing was changed. Add this by hand:

  import { MaintenanceModule } from 'nestjs-maintenance-mode';

  @Module({ imports: [MaintenanceModule.forRoot()] }) // in the module of your application

and the line "${STATE_FILE}" to .gitignore.`);
  }
}

/**
 * The compiler of the project, else the one that came with Nest's CLI. TypeScript 7 has no parser to be used from here.
 *
 * @param root of the project, an absolute path.
 */
export function loadTypeScript(root: string): TypeScript {
  const project = createRequire(join(root, 'package.json'));
  const places = [
    () => project,
    () => createRequire(project.resolve('@nestjs/cli/package.json')),
    // The schematics command stands beside the CLI that has started it, which may be installed globally.
    () => createRequire(process.argv[1] ?? ''),
  ];
  for (const place of places) {
    try {
      const loaded: unknown = place()('typescript');
      if (typeof memberOf(loaded, 'createSourceFile') === 'function') return loaded as TypeScript;
    } catch {
      // Not there: the next place.
    }
  }
  throw new NotUnderstoodError('There is no TypeScript compiler before version 7 to read the module with.');
}
