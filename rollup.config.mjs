/**
 * Bundles what tsc has written to `dist-modules` into the package: `dist/*.js` with `*.d.ts` for `import`, `dist/*.cjs` with
 * `*.d.cts` for `require`. tsc comes first, since the metadata of decorators needs types.
 *
 * What several entry points use stands in chunks, so that each format has every class once. What is imported only when it is
 * needed (`lib/integrations/`) stays a file of its own. Modules that need nothing of Nest are in `shared/common.cjs`, which both
 * formats load: they are half of the code.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, posix, relative, resolve } from 'node:path';
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
      module: true,
      mangle: { keep_classnames: true },
      format: { comments: false, semicolons: false },
    });
    return { code, map: null };
  },
};

const COMMON = 'shared/common.cjs';
const COMMON_CODE = 'common-code.cjs';
/** They belong to one entry point, or are loaded when they are needed. */
const NEVER_COMMON = new RegExp(
  `^(?:${[...ENTRIES, 'cli'].join('|')}|(?:cli|integrations|observability|schematics|testing|storages/(?:cache|redis|s3))/.+)\\.js$`,
);

/** The modules that import, in the end, nothing but Node and CommonJS packages, by their path, with what each exports. */
function commonModules() {
  const known = new Map();
  const isCommon = (path) => {
    if (!known.has(path)) {
      const name = relative(MODULES, path).replaceAll('\\', '/');
      known.set(path, !NEVER_COMMON.test(name) && imported(path).every(isCommonOrPackage));
    }
    return known.get(path);
  };
  const isCommonOrPackage = (id) =>
    isAbsolute(id) ? isCommon(id) : id.startsWith('node:') || id in dependencies;
  const paths = readdirSync(MODULES, { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => resolve(MODULES, name))
    .filter(isCommon);
  let count = 0;
  const short = (name) => ({ name, as: `_${(count++).toString(36)}` });
  return new Map(paths.map((path) => [path, exported(path).map(short)]));
}

function imported(path) {
  return [
    ...readFileSync(path, 'utf8').matchAll(
      /^(?:import|export) (?:[^;=]*? from )?'([^']+)';|\bimport\('([^']+)'\)/gm,
    ),
  ].map(([, id = '', loaded]) => (loaded ?? id).replace(/^\..*/, (local) => resolve(dirname(path), local)));
}

function exported(path) {
  const text = readFileSync(path, 'utf8');
  if (/^export (?:default|\*|\{ [^}])/m.test(text))
    throw new Error(`${path}: exports in a way that is not known here.`);
  return [...text.matchAll(/^export (?:async )?(?:const|let|function\*?|class) (\w+)/gm)].map(
    ([, name]) => name,
  );
}

const common = commonModules();
const ENTRY = 'common-entry';

/** Makes `shared/common.cjs` of them. */
const commonEntry = {
  name: 'common-entry',
  resolveId: (id) => (id === ENTRY ? id : null),
  load: (id) => (id === ENTRY ? [...common].map(([path, names]) => reExport(names, path)).join('') : null),
};

/** Reads them from there. */
const fromCommon = {
  name: 'from-common',
  resolveId: (id) => (id === COMMON ? { id, external: true } : null),
  load: (id) =>
    common.has(id)
      ? reExport(
          common.get(id).map(({ name, as }) => ({ name: as, as: name })),
          COMMON,
        )
      : null,
  renderChunk(text, { fileName }) {
    const path = posix.relative(posix.dirname(fileName), COMMON);
    return {
      code: text.replaceAll(`'${COMMON}'`, `'${path.startsWith('.') ? path : `./${path}`}'`),
      map: null,
    };
  },
};

function reExport(names, from) {
  return `export { ${names.map(({ name, as }) => `${name} as ${as}`).join(', ')} } from '${from}';\n`;
}

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
  plugins: [fromCommon, helpers, small],
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

/**
 * What the formats load is a list of names: for `import`, Node reads the whole text of a CommonJS file to find its exports, which
 * takes longer than to run it.
 */
const listOfNames = {
  name: 'list-of-names',
  writeBundle(_, bundle) {
    const [{ exports }] = Object.values(bundle);
    const lines = exports.map((name) => `exports.${name}=code.${name}`);
    writeFileSync(
      `dist/${COMMON}`,
      ['"use strict"', `const code=require("./${COMMON_CODE}")`, ...lines].join('\n'),
    );
  },
};

const commonCode = {
  ...code,
  // Nothing of Nest.
  external: (id) => id.startsWith('node:') || id in dependencies,
  input: ENTRY,
  output: { file: `dist/shared/${COMMON_CODE}`, format: 'cjs', exports: 'named', interop: 'auto' },
  plugins: [commonEntry, helpers, small, listOfNames],
};

export default [
  {
    ...code,
    input: inputs([...ENTRIES, 'cli'], '.js'),
    output: output('es', '.js'),
    plugins: [emptyDist, fromCommon, helpers, small],
  },
  {
    ...code,
    input: inputs(ENTRIES, '.js'),
    output: {
      ...output('cjs', '.cjs'),
      exports: 'named',
      // Not all that loads CommonJS can import(): Jest cannot.
      dynamicImportInCjs: false,
      interop: (id) => (/^(@nestjs|rxjs)/.test(id) ? 'esModule' : 'auto'),
    },
  },
  commonCode,
  schematics,
  { ...types, output: output('es', '.d.ts') },
  { ...types, output: output('es', '.d.cts') },
];
