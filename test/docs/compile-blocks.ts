import ts from 'typescript';
import type { CodeBlock } from './code-blocks.js';

/** What examples use without an import: the packages of their page, and the reader's own application. */
const PACKAGES = [
  'nestjs-maintenance-mode',
  ...['cache', 'config', 'opentelemetry', 'prometheus', 'redis', 's3', 'terminus', 'testing'].map(
    (path) => `nestjs-maintenance-mode/${path}`,
  ),
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/config',
  '@nestjs/graphql',
  '@nestjs/websockets',
  '@nestjs/microservices',
  '@nestjs/schedule',
  '@nestjs/bullmq',
  '@nestjs/jwt',
  '@nestjs/passport',
  '@nestjs/terminus',
  '@nestjs/testing',
  'bullmq',
  'nestjs-pino',
  'pino-http',
  'prom-client',
  'rxjs',
  '@aws-sdk/client-s3',
];
const SURROUNDINGS = `${process.cwd()}/test/docs/surroundings.js`;
/** Node has globals of these names; examples mean those of Express. */
const OF_EXPRESS = ['Request', 'Response'];

/** "Cannot find name", in the forms that the compiler has for it. */
const MISSING = new Set([2304, 2552, 2582, 2593, 18004]);

/** @returns for each block what the compiler says about it, under `strict`, with the lines of the page. */
export function compileBlocks(blocks: readonly CodeBlock[]): string[][] {
  const sources = new Map(blocks.map((block, index) => [fileOf(index), asModule(block.code)]));
  const packages = PACKAGES.map((name) => `import '${name}';`).join('\n');
  sources.set(PACKAGES_FILE, `import '${SURROUNDINGS}';\n${packages}\n`);
  const first = compile(sources);
  const known = exportedNames(first);
  for (const index of blocks.keys()) {
    const file = fileOf(index);
    const names = new Set(missingNames(first, file));
    sources.set(file, withImports(sources.get(file) ?? '', names, known));
  }
  const second = compile(sources, first);
  return blocks.map(({ page, line }, index) =>
    diagnosticsOf(second, fileOf(index)).map(({ start = 0, messageText, file }) => {
      const inBlock = file?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${page}:${line + inBlock} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    }),
  );
}

const PACKAGES_FILE = `${process.cwd()}/test/docs/packages.virtual.ts`;

function fileOf(index: number): string {
  return `${process.cwd()}/test/docs/example-${index}.virtual.ts`;
}

function parses(text: string): boolean {
  const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true, compilerOptions: OPTIONS });
  return diagnostics?.length === 0;
}

/** Members of a class stand in one; what is added is added to the first line. */
function asModule(block: string): string {
  // The reader's own files.
  const code = block.replaceAll(/(?<= from ')\.{1,2}\/[^']+/g, SURROUNDINGS);
  const inClass = `export class Example { ${code}}\n`;
  return !parses(code) && parses(inClass) ? inClass : `export {}; ${code}`;
}

function withImports(code: string, names: ReadonlySet<string>, known: ReadonlyMap<string, string>): string {
  const imports = [...names].flatMap((name) => {
    const from = known.get(name);
    return from === undefined ? [] : [`import { ${name} } from '${from}'; `];
  });
  return imports.join('') + code;
}

const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
const OPTIONS: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(config, ts.sys, process.cwd()).options,
  declaration: false,
  // Not part of `strict`.
  exactOptionalPropertyTypes: false,
  noUncheckedIndexedAccess: false,
  noImplicitOverride: false,
  noImplicitReturns: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
};

function compile(sources: ReadonlyMap<string, string>, before?: ts.Program): ts.Program {
  const disk = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => sources.has(path) || disk.fileExists(path),
    readFile: (path) => sources.get(path) ?? disk.readFile(path),
    getSourceFile: (path, options, ...rest) => {
      const text = sources.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, options);
      return before?.getSourceFile(path) ?? disk.getSourceFile(path, options, ...rest);
    },
  };
  return ts.createProgram([...sources.keys()], OPTIONS, host, before);
}

function diagnosticsOf(program: ts.Program, path: string): readonly ts.Diagnostic[] {
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
}

function missingNames(program: ts.Program, path: string): string[] {
  const text = program.getSourceFile(path)?.text ?? '';
  const missing = diagnosticsOf(program, path)
    .filter(({ code }) => MISSING.has(code))
    .map(({ start = 0, length = 0 }) => text.slice(start, start + length));
  const ofExpress = OF_EXPRESS.filter(
    (name) => new RegExp(`: ${name}\\b`).test(text) && !new RegExp(`import .*\\b${name}\\b`).test(text),
  );
  return [...missing, ...ofExpress];
}

/** From which module an exported name comes: the first one that has it. */
function exportedNames(program: ts.Program): Map<string, string> {
  const checker = program.getTypeChecker();
  const names = new Map<string, string>();
  for (const statement of program.getSourceFile(PACKAGES_FILE)?.statements ?? []) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const module = checker.getSymbolAtLocation(statement.moduleSpecifier);
    if (module === undefined) throw new Error(`There is no ${statement.moduleSpecifier.text}.`);
    for (const { name } of checker.getExportsOfModule(module)) {
      if (!names.has(name)) names.set(name, statement.moduleSpecifier.text);
    }
  }
  return names;
}
