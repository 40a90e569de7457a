/**
 * Bundles what tsc has written to `dist-modules` into the package: `dist/*.js` with `*.d.ts` for `import`, `dist/*.cjs` with
 * `*.d.cts` for `require`. tsc comes first, since the metadata of decorators needs types.
 *
 * What several entry points use stands in chunks, so that each format has every class once. What is imported only when it is
 * needed (`lib/integrations/`) stays a file of its own.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
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
 * Takes out comments and indentation, and shortens the names of parameters and local variables: the package would have a fifth
 * more bytes otherwise. The names of functions and classes stay: stack traces show those of functions, Nest's errors those of
 * classes; and statements stay on lines of their own.
 */
const small = {
  name: 'small',
  async renderChunk(text) {
    const { code } = await minify(text, {
      ecma: 2020,
      compress: false,
      mangle: { keep_classnames: true, keep_fnames: true, toplevel: false },
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

export default [
  {
    ...code,
    input: inputs([...ENTRIES, 'cli'], '.js'),
    output: output('es', '.js'),
    plugins: [emptyDist, helpers, small],
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
  schematics,
  { ...types, output: output('es', '.d.ts') },
  { ...types, output: output('es', '.d.cts') },
];
