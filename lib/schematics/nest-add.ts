import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import type * as typescript from 'typescript';
import type {
  CallExpression,
  ClassDeclaration,
  ImportDeclaration,
  Node,
  NodeArray,
  ObjectLiteralExpression,
  SourceFile,
} from 'typescript';
import { memberOf } from '../validation/values.js';

/** What `schema.json` says. */
interface NestAddOptions {
  readonly sourceRoot?: string;
  readonly module?: string;
  readonly skipImport?: boolean;
}

interface Context {
  readonly logger: { info(message: string): void };
}

/**
 * `nest add nestjs-maintenance-mode`: a schematic, in the terms of `@angular-devkit/schematics` a `RuleFactory`. Run again, it changes
 * nothing. If it does not understand the application, it throws before anything is changed.
 */
export function nestAdd({ sourceRoot = 'src', module, skipImport = false }: NestAddOptions) {
  return (files: ProjectFiles, { logger }: Context): void => {
    if (!skipImport) addImport(files, sourceRoot, module, logger);
    if (ignoreStateFile(files)) logger.info('.gitignore: maintenance-state.json is not committed.');
    if (excludeFromAssets(files)) logger.info('nest-cli.json: maintenance-state.json is no asset.');
    if (!skipImport)
      logger.info(
        'Add @MaintenanceOff() to the controller of your health check: probes would get a 503, too.',
      );
  };
}

function addImport(
  files: ProjectFiles,
  sourceRoot: string,
  module: string | undefined,
  logger: Context['logger'],
): void {
  const importer = findImporter(files, posix.join('/', sourceRoot));
  if (importer !== undefined) {
    logger.info(`${importer.replace(/^\//, '')} imports MaintenanceModule already.`);
    return;
  }
  const ts = loadTypeScript(process.cwd());
  const path = findModuleFile(files, ts, sourceRoot, module);
  files.overwrite(path, withMaintenanceModule(ts, path, files.readText(path)));
  logger.info(`${path} imports MaintenanceModule.`);
}

const CLI_FILE = 'nest-cli.json';

/**
 * Excludes the state file from the assets that `nest start --watch` copies, and restarts for. It can only be among them if the
 * sources are in the root folder of the project, where the application writes it.
 *
 * @returns whether anything was changed.
 */
function excludeFromAssets(files: ProjectFiles): boolean {
  if (!files.exists(CLI_FILE)) return false;
  const config: unknown = JSON.parse(files.readText(CLI_FILE));
  const assets = memberOf(memberOf(config, 'compilerOptions'), 'assets');
  const sourceRoot = memberOf(config, 'sourceRoot');
  if (!Array.isArray(assets) || typeof sourceRoot !== 'string' || !/^(?:\.?\/?)$/.test(sourceRoot))
    return false;
  let isChanged = false;
  assets.forEach((asset: unknown, index) => {
    const include = typeof asset === 'string' ? asset : memberOf(asset, 'include');
    const exclude = memberOf(asset, 'exclude');
    if (!covers(include) || covers(exclude)) return;
    const excluded = typeof exclude === 'string' ? `{${exclude},${STATE_FILE}}` : STATE_FILE;
    assets[index] = { ...(typeof asset === 'object' ? asset : { include }), exclude: excluded };
    isChanged = true;
  });
  if (isChanged) files.overwrite(CLI_FILE, `${JSON.stringify(config, null, 2)}\n`);
  return isChanged;
}

const WILDCARDS: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  ',': '|',
  '}': ')',
};

function covers(glob: unknown): boolean {
  if (typeof glob !== 'string') return false;
  const pattern = glob
    .replace(/^\.\//, '')
    .replaceAll(/\*\*\/|\*\*|[*?{,}]|[.+^$()|[\]\\]/g, (part) => WILDCARDS[part] ?? `\\${part}`);
  return new RegExp(`^${pattern}$`).test(STATE_FILE);
}

const GITIGNORE = '.gitignore';

/** Keeps the state out of the repository. @returns whether anything was changed. */
function ignoreStateFile(files: ProjectFiles): boolean {
  if (!files.exists(GITIGNORE)) {
    files.create(GITIGNORE, `${STATE_FILE}\n`);
    return true;
  }
  const text = files.readText(GITIGNORE);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines.includes(STATE_FILE) || lines.includes(`/${STATE_FILE}`)) return false;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const blankLine = text === '' ? '' : text.endsWith('\n') ? newline : newline + newline;
  files.overwrite(GITIGNORE, `${text}${blankLine}# nestjs-maintenance-mode${newline}${STATE_FILE}${newline}`);
  return true;
}

const NO_SOURCES = new Set(['node_modules', 'dist']);

/** @returns the path of the module that gets the import: `wanted`, else `app.module.ts`, else what `main.ts` names. */
function findModuleFile(
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
function findImporter(files: ProjectFiles, folder: string): string | undefined {
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

const PACKAGE = 'nestjs-maintenance-mode';
const CLASS = 'MaintenanceModule';
const CALL = `${CLASS}.forRoot()`;

/**
 * Adds `MaintenanceModule.forRoot()` to the `imports` of a module. Only adds text, so that the rest of the file stays as it is.
 *
 * @throws NotUnderstoodError if it is not certain what the text means.
 */
function withMaintenanceModule(ts: TypeScript, path: string, text: string): string {
  const { diagnostics = [] } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { experimentalDecorators: true },
  });
  if (diagnostics.length > 0) throw new NotUnderstoodError(`${path} has a syntax error.`);
  return new ModuleText(ts, path, text).changed();
}

class ModuleText {
  readonly #source: SourceFile;
  readonly #newline: string;

  constructor(
    private readonly ts: TypeScript,
    private readonly path: string,
    private readonly text: string,
  ) {
    this.#source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    this.#newline = text.includes('\r\n') ? '\r\n' : '\n';
  }

  changed(): string {
    if (this.#declares(CLASS)) throw this.#notUnderstood(`has a ${CLASS} already`);
    // From the end on, so that positions before stay what they are.
    const withEntry = this.#insert(this.text, this.#entry(this.#metadata()));
    return this.#insert(withEntry, this.#importLine());
  }

  #insert(text: string, { at, added }: { at: number; added: string }): string {
    return text.slice(0, at) + added + text.slice(at);
  }

  #declares(name: string): boolean {
    const { ts } = this;
    const visit = (node: Node): boolean =>
      (ts.isIdentifier(node) && node.text === name) || (ts.forEachChild(node, visit) ?? false);
    return visit(this.#source);
  }

  /** The argument of `@Module()`. */
  #metadata(): ObjectLiteralExpression {
    const { ts } = this;
    const modules = this.#source.statements
      .filter((statement) => ts.isClassDeclaration(statement))
      .flatMap((declaration) => {
        const call = this.#moduleDecorator(declaration);
        return call ? [{ name: declaration.name?.text, call }] : [];
      });
    const chosen = modules.length > 1 ? modules.find(({ name }) => name === 'AppModule') : modules[0];
    if (!chosen) throw this.#notUnderstood('has no class with @Module() of @nestjs/common, or several');
    const [argument] = chosen.call.arguments;
    if (!argument || !ts.isObjectLiteralExpression(argument))
      throw this.#notUnderstood('has a @Module() whose argument is not an object literal');
    if (argument.properties.some((property) => ts.isSpreadAssignment(property)))
      throw this.#notUnderstood('has a @Module() with a spread');
    return argument;
  }

  #moduleDecorator(declaration: ClassDeclaration): CallExpression | undefined {
    const { ts } = this;
    const name = this.#localNameOf('Module', '@nestjs/common');
    for (const { expression } of ts.getDecorators(declaration) ?? []) {
      if (
        ts.isCallExpression(expression) &&
        ts.isIdentifier(expression.expression) &&
        expression.expression.text === name
      )
        return expression;
    }
    return undefined;
  }

  #imports(): readonly ImportDeclaration[] {
    return this.#source.statements.filter((statement) => this.ts.isImportDeclaration(statement));
  }

  #specifierOf(declaration: ImportDeclaration): string {
    return this.ts.isStringLiteral(declaration.moduleSpecifier) ? declaration.moduleSpecifier.text : '';
  }

  #localNameOf(name: string, from: string): string | undefined {
    for (const declaration of this.#imports()) {
      const bindings = declaration.importClause?.namedBindings;
      if (this.#specifierOf(declaration) !== from || !bindings || !this.ts.isNamedImports(bindings)) continue;
      const found = bindings.elements.find((element) => (element.propertyName ?? element.name).text === name);
      if (found) return found.name.text;
    }
    return undefined;
  }

  /** Stands first: guards of the application run in the order of the modules. */
  #entry(metadata: ObjectLiteralExpression): { at: number; added: string } {
    const { ts } = this;
    const property = metadata.properties.find(
      ({ name }) => name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) && name.text === 'imports',
    );
    if (property === undefined)
      return this.#first(metadata.properties, `imports: [${CALL}]`, { spaced: true });
    if (!ts.isPropertyAssignment(property) || !ts.isArrayLiteralExpression(property.initializer))
      throw this.#notUnderstood('has imports that are not written as an array');
    return this.#first(property.initializer.elements, CALL, { spaced: false });
  }

  /** A new first member of a list, on a line of its own if the others have theirs. */
  #first(
    list: NodeArray<Node>,
    member: string,
    { spaced }: { spaced: boolean },
  ): { at: number; added: string } {
    const [next] = list;
    if (!next) return { at: list.pos, added: spaced ? ` ${member} ` : member };
    const start = next.getStart(this.#source);
    const lineStart = this.text.lastIndexOf('\n', start - 1) + 1;
    if (lineStart <= list.pos)
      return { at: list.pos, added: `${spaced ? ' ' : ''}${member},${spaced ? '' : ' '}` };
    const [indent = ''] = /^\s*/.exec(this.text.slice(lineStart, start)) ?? [];
    return { at: list.pos, added: `${this.#newline}${indent}${member},` };
  }

  /** Behind the imports of packages, in their style. */
  #importLine(): { at: number; added: string } {
    const packages = this.#imports().filter((declaration) => !this.#specifierOf(declaration).startsWith('.'));
    const last = packages.at(-1);
    if (!last) throw this.#notUnderstood('imports no package');
    const quote = last.moduleSpecifier.getText(this.#source).slice(0, 1);
    const end = this.text.slice(0, last.end).endsWith(';') ? ';' : '';
    const comments = this.ts.getTrailingCommentRanges(this.text, last.end) ?? [];
    return {
      at: comments.at(-1)?.end ?? last.end,
      added: `${this.#newline}import { ${CLASS} } from ${quote}${PACKAGE}${quote}${end}`,
    };
  }

  #notUnderstood(what: string): NotUnderstoodError {
    return new NotUnderstoodError(`${this.path} ${what}.`);
  }
}

/** The default path of `FileStorage`. */
const STATE_FILE = 'maintenance-state.json';

type TypeScript = typeof typescript;

/** The part that is used here of the `Tree` of `@angular-devkit/schematics`: the files of the project, with changes not yet written. */
interface ProjectFiles {
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
class NotUnderstoodError extends Error {
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
function loadTypeScript(root: string): TypeScript {
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
