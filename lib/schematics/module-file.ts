import { posix } from 'node:path';
import type {
  CallExpression,
  ClassDeclaration,
  ImportDeclaration,
  Node,
  NodeArray,
  ObjectLiteralExpression,
  SourceFile,
} from 'typescript';
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

const PACKAGE = 'nestjs-maintenance-mode';
const CLASS = 'MaintenanceModule';
const CALL = `${CLASS}.forRoot()`;

/**
 * Adds `MaintenanceModule.forRoot()` to the `imports` of a module. Only adds text, so that the rest of the file stays as it is.
 *
 * @throws NotUnderstoodError if it is not certain what the text means.
 */
export function withMaintenanceModule(ts: TypeScript, path: string, text: string): string {
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
