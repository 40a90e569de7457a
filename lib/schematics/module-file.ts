import { posix } from 'node:path';
import { NotUnderstoodError, type ProjectFiles, type TypeScript } from './project.js';

const NO_SOURCES = new Set(['node_modules', 'dist']);

/** @returns the path of the module that gets the import: `wanted`, else `app.module.ts`, else what `main.ts` names. */
export function findModuleFile(
  files: ProjectFiles,
  ts: TypeScript,
  sourceRoot: string,
  wanted: string | undefined,
): string {
  const name = wanted?.replaceAll('\\', '/') ?? 'app.module';
  const places = wanted === undefined ? [sourceRoot] : ['', sourceRoot];
  const endings = ['', '.ts', '.module.ts'];
  const found = places
    .flatMap((place) => endings.map((ending) => posix.join(place, `${name}${ending}`)))
    .find((path) => path.endsWith('.ts') && files.exists(path));
  if (found !== undefined) return found;
  if (wanted !== undefined) throw new NotUnderstoodError(`There is no module ${wanted}.`);
  const created = moduleOfMain(files, ts, posix.join(sourceRoot, 'main.ts'));
  if (created !== undefined) return created;
  throw new NotUnderstoodError(
    `There is no ${posix.join(sourceRoot, 'app.module.ts')}; --module names another file.`,
  );
}

/** The file of the class that `NestFactory.create` gets. */
function moduleOfMain(files: ProjectFiles, ts: TypeScript, main: string): string | undefined {
  if (!files.exists(main)) return undefined;
  const text = files.readText(main);
  const [, name] = /\bNestFactory\s*\.\s*create\w*\s*(?:<[^>]*>\s*)?\(\s*(\w+)/.exec(text) ?? [];
  const source = ts.createSourceFile(main, text, ts.ScriptTarget.Latest);
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    if (!bindings.elements.some((element) => element.name.text === name)) continue;
    const path = posix.join(posix.dirname(main), statement.moduleSpecifier.text);
    return [`${path}.ts`, path.replace(/\.js$/, '.ts')].find((file) => files.exists(file));
  }
  return undefined;
}

/** @returns the path of a source that imports the module already: in an application it may be imported once. */
export function findImporter(files: ProjectFiles, folder: string): string | undefined {
  const { subfiles, subdirs } = files.getDir(folder);
  for (const name of subfiles) {
    const path = posix.join(folder, name);
    if (/(?<!\.d|[.-]spec|[.-]test)\.ts$/.test(name) && imports(files.readText(path))) return path;
  }
  for (const name of subdirs) {
    if (NO_SOURCES.has(name) || name.startsWith('.')) continue;
    const found = findImporter(files, posix.join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function imports(text: string): boolean {
  return text.includes('nestjs-maintenance-mode') && /\bMaintenanceModule\s*\.\s*forRoot/.test(text);
}
