/**
 * Bundles what tsc has written to `dist-modules` into the package: `dist/*.js` with `*.d.ts` for `import`, `dist/*.cjs` with
 * `*.d.cts` for `require`. tsc comes first, since the metadata of decorators needs types.
 *
 * What several entry points use stands in chunks, so that each format has every class once. What is imported only when it is
 * needed (`lib/integrations/`) stays a file of its own. Modules that import no framework exist once, in CommonJS, for both formats:
 * `dist/shared/common.cjs`.
 */
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';
import { dts } from 'rollup-plugin-dts';

const MODULES = 'dist-modules';
const ENTRIES = [
  'index',
  'cache',
  'config',
  'opentelemetry',
  'prometheus',
  'redis',
  's3',
  'terminus',
  'testing',
];

const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...dependencies, ...peerDependencies });

const isExternal = (id) =>
  id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`));

/** The helpers of tsc, such as `__decorate`, go into the bundle: the package needs no `tslib`. */
const helpers = {
  name: 'helpers',
  resolveId: (id) => (id === 'tslib' ? fileURLToPath(import.meta.resolve('tslib/tslib.es6.mjs')) : null),
};

/** Every application loads them. */
const COMMON_FOLDERS = [
  'admin',
  'drain',
  'http',
  'interfaces',
  'internals',
  'observability',
  'options',
  'policy',
  'response',
  'response/languages',
  'state',
  'storages',
  'storages/cache',
  'storages/file',
  'storages/redis',
  'storages/s3',
  'validation',
];
const COMMON = 'dist/shared/common.cjs';
/** Rollup writes paths as if the modules stood in `dist`. */
const COMMON_ID = resolve(MODULES, 'shared/common.cjs');

/** The names that a module imports from, and those that it exports. */
function namesIn(text) {
  const imports = [...text.matchAll(/(?:\bfrom|\bimport\(|^import) ?['"]([^'"]+)['"]/gm)].map(
    ([, name]) => name,
  );
  const declared = [...text.matchAll(/^export (?:async )?(?:class|const|function\*?|let) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) =>
    list.split(',').map((item) =>
      item
        .trim()
        .split(/\s+as\s+/)
        .at(-1),
    ),
  );
  return { imports, exports: [...declared, ...listed].filter(Boolean) };
}

/** The modules of those folders that import no framework, and nothing that does; each with its exports. */
function commonModules() {
  const inFolders = COMMON_FOLDERS.flatMap((folder) =>
    readdirSync(join(MODULES, folder)).map((name) => join(folder, name)),
  );
  const files = ['errors.js', ...inFolders]
    .filter((name) => name.endsWith('.js'))
    .map((name) => resolve(MODULES, name));
  const modules = new Map(files.map((file) => [file, namesIn(readFileSync(file, 'utf8'))]));
  const isCommon = (file, name) =>
    name.startsWith('.')
      ? modules.has(resolve(dirname(file), name))
      : name.startsWith('node:') || name in dependencies;
  for (let size = 0; size !== modules.size;) {
    size = modules.size;
    for (const [file, { imports }] of modules) {
      if (!imports.every((name) => isCommon(file, name))) modules.delete(file);
    }
  }
  return modules;
}

const ENTRY = '\0common';

/** The one build of the common modules. It exports, under the same names, what the other modules use. */
function commonEntry(modules) {
  const others = readdirSync(MODULES, { recursive: true })
    .map((name) => resolve(MODULES, name))
    .filter((file) => file.endsWith('.js') && !modules.has(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const words = new Set(others.match(/\w+/g));
  const used = [...modules].map(([file, { exports }]) => [file, exports.filter((name) => words.has(name))]);
  const names = used.flatMap(([, exports]) => exports);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`Two modules export ${twice.join(', ')}: rename one of each.`);
  const lines = used.map(
    ([file, exports]) => `export { ${exports.join(', ')} } from ${JSON.stringify(file)};`,
  );
  return {
    name: 'common-entry',
    resolveId: (id) => (id === ENTRY ? id : null),
    load: (id) => (id === ENTRY ? lines.join('\n') : null),
  };
}

/** Takes the common modules from their build. */
const fromCommon = (modules) => ({
  name: 'from-common',
  resolveId(id, importer) {
    const isOne = id.startsWith('.') && importer !== undefined && modules.has(resolve(dirname(importer), id));
    return isOne ? { id: COMMON_ID, external: 'relative' } : null;
  },
});

const emptyDist = {
  name: 'empty-dist',
  buildStart: () => rmSync('dist', { recursive: true, force: true }),
};

/**
 * The package would have half as many bytes again otherwise. The names of classes and methods stay: Nest's errors and stack traces
 * show them; and statements stay on lines of their own.
 */
const small = {
  name: 'small',
  async renderChunk(text) {
    const { code } = await minify(text, {
      ecma: 2020,
      compress: { keep_classnames: true, passes: 2 },
      mangle: { keep_classnames: true, toplevel: true },
      format: { comments: false, semicolons: false },
    });
    return { code, map: null };
  },
};

function copied(folder, files) {
  return {
    name: 'copied',
    writeBundle() {
      for (const file of files) cpSync(`lib/${folder}/${file}`, `dist/${folder}/${file}`);
    },
  };
}

function inputs(entries, extension) {
  return Object.fromEntries(entries.map((entry) => [entry, `${MODULES}/${entry}${extension}`]));
}

function chunkName(extension) {
  return ({ moduleIds, name }) => {
    const isIntegration = moduleIds.some((id) => id.includes(`/${MODULES}/integrations/`));
    return `${isIntegration ? 'integrations' : 'shared'}/${name.replace(/\.(integration|d)$/, '')}${extension}`;
  };
}

function output(format, extension) {
  return {
    dir: 'dist',
    format,
    entryFileNames: `[name]${extension}`,
    chunkFileNames: chunkName(extension),
    generatedCode: { preset: 'es2015', symbols: false },
    esModule: true,
    hoistTransitiveImports: false,
  };
}

/** Fails on what would only be found at run time. */
function onwarn(warning) {
  throw new Error(warning.message);
}

const code = {
  external: isExternal,
  plugins: [helpers, small],
  onwarn,
};

const types = {
  input: inputs(ENTRIES, '.d.ts'),
  external: isExternal,
  onwarn,
  plugins: [dts()],
};

/** `nest add` loads CommonJS; what it reads beside the code stands in `lib/schematics`. */
const schematics = {
  ...code,
  input: `${MODULES}/schematics/nest-add.js`,
  output: { file: 'dist/schematics/nest-add.cjs', format: 'cjs', esModule: true },
  plugins: [helpers, small, copied('schematics', ['collection.json', 'schema.json'])],
};

const common = commonModules();

export default [
  {
    ...code,
    input: ENTRY,
    output: { file: COMMON, format: 'cjs', exports: 'named', esModule: true, inlineDynamicImports: true },
    plugins: [emptyDist, commonEntry(common), small],
  },
  {
    ...code,
    input: inputs([...ENTRIES, 'cli'], '.js'),
    output: output('es', '.js'),
    plugins: [fromCommon(common), helpers, small],
  },
  {
    ...code,
    input: inputs(ENTRIES, '.js'),
    output: {
      ...output('cjs', '.cjs'),
      exports: 'named',
      // Not all that loads CommonJS can import(): Jest cannot.
      dynamicImportInCjs: false,
      interop: (id) => (/^(@nestjs|rxjs)/.test(id) || id === COMMON_ID ? 'esModule' : 'auto'),
    },
    plugins: [fromCommon(common), helpers, small],
  },
  schematics,
  { ...types, output: output('es', '.d.ts') },
  { ...types, output: output('es', '.d.cts') },
];
