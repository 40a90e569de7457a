import { describe, expect, it } from '@jest/globals';
import { HostTree } from '@angular-devkit/schematics';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing/index.js';

const runner = new SchematicTestRunner(
  'nestjs-maintenance-mode',
  `${process.cwd()}/dist/schematics/collection.json`,
);
const IMPORT = "import { MaintenanceModule } from 'nestjs-maintenance-mode';";
const APP_MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;
const CHANGED_APP_MODULE = APP_MODULE.replace("common';", `common';\n${IMPORT}`).replace(
  'imports: []',
  'imports: [MaintenanceModule.forRoot()]',
);

interface Options {
  readonly sourceRoot?: string;
  readonly module?: string;
  readonly skipImport?: boolean;
}

/** Runs `nest add` on a project with these files. */
function nestAdd(files: Readonly<Record<string, string>>, options: Options = {}): Promise<UnitTestTree> {
  const tree = new UnitTestTree(new HostTree());
  for (const [path, content] of Object.entries(files)) tree.create(path, content);
  return runner.runSchematic('nest-add', { sourceRoot: 'src', ...options }, tree);
}

/** What becomes of `src/app.module.ts`. */
async function changed(text: string): Promise<string> {
  return (await nestAdd({ 'src/app.module.ts': text })).readText('src/app.module.ts');
}

const module = (metadata: string): string =>
  `import { Module } from '@nestjs/common';\n\n@Module(${metadata})\nexport class AppModule {}\n`;

describe('nest add', () => {
  it('imports the module in the AppModule that the CLI makes', async () => {
    expect(await changed(APP_MODULE)).toBe(CHANGED_APP_MODULE);
  });

  it('changes nothing when it is run again', async () => {
    const once = await nestAdd({ 'src/app.module.ts': APP_MODULE, '.gitignore': 'dist\n' });
    const files = Object.fromEntries(once.files.map((path) => [path, once.readText(path)]));
    const twice = await nestAdd(files);
    expect(Object.fromEntries(twice.files.map((path) => [path, twice.readText(path)]))).toEqual(files);
  });

  it.each([
    ['no imports', '{ controllers: [A] }', '{ imports: [MaintenanceModule.forRoot()], controllers: [A] }'],
    ['nothing at all', '{}', '{ imports: [MaintenanceModule.forRoot()] }'],
    [
      'imports on one line',
      '{ imports: [A, B.forRoot({ c: [] })], providers: [] }',
      '{ imports: [MaintenanceModule.forRoot(), A, B.forRoot({ c: [] })], providers: [] }',
    ],
    [
      'imports on lines of their own',
      '{\n  imports: [\n    A,\n    B,\n  ],\n}',
      '{\n  imports: [\n    MaintenanceModule.forRoot(),\n    A,\n    B,\n  ],\n}',
    ],
    [
      'no imports, and members on lines of their own',
      '{\n\tcontrollers: [A],\n}',
      '{\n\timports: [MaintenanceModule.forRoot()],\n\tcontrollers: [A],\n}',
    ],
    [
      'comments',
      '{\n  // imports: [X],\n  imports: [ // first things first\n    // A of B\n    A, /* , */\n  ],\n}',
      '{\n  // imports: [X],\n  imports: [\n    MaintenanceModule.forRoot(), // first things first\n    // A of B\n    A, /* , */\n  ],\n}',
    ],
    [
      'a spread in the list',
      '{ imports: [...databases] }',
      '{ imports: [MaintenanceModule.forRoot(), ...databases] }',
    ],
    ['a quoted name', "{ 'imports': [A] }", "{ 'imports': [MaintenanceModule.forRoot(), A] }"],
  ])('understands %s', async (_, metadata, expected) => {
    const text = await changed(module(metadata));
    expect(text).toBe(module(expected).replace('\n\n', `\n${IMPORT}\n\n`));
  });

  it.each([
    [
      'double quotes',
      'import { Module } from "@nestjs/common";',
      'import { MaintenanceModule } from "nestjs-maintenance-mode";',
    ],
    ['no semicolons', "import { Module } from '@nestjs/common'", IMPORT.slice(0, -1)],
    ['a comment behind it', "import { Module } from '@nestjs/common'; // Nest", IMPORT],
  ])('writes the import like its neighbour, with %s', async (_, neighbour, expected) => {
    const text = await changed(
      `${neighbour}\nimport { A } from './a'\n\n@Module({ imports: [A] })\nexport class AppModule {}\n`,
    );
    expect(text).toBe(
      `${neighbour}\n${expected}\nimport { A } from './a'\n\n@Module({ imports: [MaintenanceModule.forRoot(), A] })\nexport class AppModule {}\n`,
    );
  });

  it('keeps the line ends of Windows', async () => {
    expect(await changed(APP_MODULE.replaceAll('\n', '\r\n'))).toBe(
      CHANGED_APP_MODULE.replaceAll('\n', '\r\n'),
    );
  });

  it('knows @Module() by another name', async () => {
    const text = module('{}')
      .replace('{ Module }', '{ Module as NestModule }')
      .replace('@Module', '@NestModule');
    expect(await changed(text)).toContain('@NestModule({ imports: [MaintenanceModule.forRoot()] })');
  });

  it('takes AppModule, if the file has other modules', async () => {
    const other = '@Module({})\nclass OtherModule {}\n';
    const text = await changed(module('{}').replace('\n\n', `\n\n${other}`));
    expect(text).toContain(
      `${other}@Module({ imports: [MaintenanceModule.forRoot()] })\nexport class AppModule`,
    );
  });

  it.each([
    ['another sourceRoot', 'apps/shop/src/app.module.ts', { sourceRoot: 'apps/shop/src' }],
    ['sources in the root folder', 'app.module.ts', { sourceRoot: '' }],
    ['--module with a path', 'src/core/shop.module.ts', { module: 'src/core/shop.module.ts' }],
    ['--module below sourceRoot', 'src/core/shop.module.ts', { module: 'core/shop.module.ts' }],
    ['--module without its ending', 'src/core/shop.module.ts', { module: 'core/shop' }],
  ])('finds the module: %s', async (_, path, options) => {
    const tree = await nestAdd({ [path]: APP_MODULE }, options);
    expect(tree.readText(path)).toBe(CHANGED_APP_MODULE);
  });

  it.each(['./shop/shop.module', './shop/shop.module.js'])(
    'follows main.ts, which imports %s',
    async (path) => {
      const main = `import { NestFactory } from '@nestjs/core';
import { ShopModule } from '${path}';
const app = await NestFactory.create<NestExpressApplication>(ShopModule, { bufferLogs: true });`;
      const tree = await nestAdd({ 'src/main.ts': main, 'src/shop/shop.module.ts': APP_MODULE });
      expect(tree.readText('src/shop/shop.module.ts')).toBe(CHANGED_APP_MODULE);
    },
  );

  it('leaves the module alone with --skip-import', async () => {
    const tree = await nestAdd({ 'src/app.module.ts': APP_MODULE }, { skipImport: true });
    expect(tree.readText('src/app.module.ts')).toBe(APP_MODULE);
    expect(tree.exists('.gitignore')).toBe(true);
  });

  it('leaves the module alone if another one imports the package: twice would fail at boot', async () => {
    const core = CHANGED_APP_MODULE.replace('AppModule', 'CoreModule');
    const tree = await nestAdd({ 'src/app.module.ts': APP_MODULE, 'src/core/core.module.ts': core });
    expect(tree.readText('src/app.module.ts')).toBe(APP_MODULE);
  });

  it.each([
    ['imports that are a variable', module('{ imports: modules }')],
    ['imports that are a shorthand', module('{ imports }')],
    ['imports that are a call', module('{ imports: [A].concat(modules) }')],
    ['metadata in a variable', module('metadata')],
    ['a spread in the metadata', module('{ ...base }')],
    ['no @Module()', "import { Module } from '@nestjs/common';\nexport class AppModule {}\n"],
    ["another package's @Module()", module('{}').replace('@nestjs/common', 'typed-modules')],
    [
      'two modules, none of them AppModule',
      module('{}').replace('AppModule', 'A') + module('{}').replace(/^.*\n/, '').replace('AppModule', 'B'),
    ],
    ['a MaintenanceModule of its own', `${module('{}')}class MaintenanceModule {}\n`],
    ['a syntax error', module('{ imports: [ }')],
  ])('changes nothing, and says what to add by hand, if it finds %s', async (_, text) => {
    const tree = new UnitTestTree(new HostTree());
    tree.create('src/app.module.ts', text);
    await expect(runner.runSchematic('nest-add', { sourceRoot: 'src' }, tree)).rejects.toThrow(
      /src\/app\.module\.ts (?:has|imports)[^]*Nothing was changed\. Add this by hand:[^]*MaintenanceModule\.forRoot\(\)/,
    );
    expect(tree.files).toEqual(['/src/app.module.ts']);
    expect(tree.readText('src/app.module.ts')).toBe(text);
  });

  it('changes nothing, and says so, if there is no module', async () => {
    await expect(nestAdd({})).rejects.toThrow(
      /There is no src\/app\.module\.ts; --module names another file\. Nothing was changed\./,
    );
    await expect(nestAdd({ 'src/app.module.ts': APP_MODULE }, { module: 'shop' })).rejects.toThrow(
      'There is no module shop. Nothing was changed.',
    );
  });
});

describe('nest add: .gitignore', () => {
  it.each([
    ['none', undefined, 'maintenance-state.json\n'],
    ['an empty one', '', '# nestjs-maintenance-mode\nmaintenance-state.json\n'],
    ['one with lines', 'dist\n', 'dist\n\n# nestjs-maintenance-mode\nmaintenance-state.json\n'],
    ['one without a last line end', 'dist', 'dist\n\n# nestjs-maintenance-mode\nmaintenance-state.json\n'],
    [
      'one with the line ends of Windows',
      'dist\r\n',
      'dist\r\n\r\n# nestjs-maintenance-mode\r\nmaintenance-state.json\r\n',
    ],
    ['one that has the line', 'maintenance-state.json \ndist', 'maintenance-state.json \ndist'],
    [
      'one that has the line, from the root',
      'dist\n/maintenance-state.json',
      'dist\n/maintenance-state.json',
    ],
  ])('%s', async (_, before, after) => {
    const tree = await nestAdd({
      'src/app.module.ts': APP_MODULE,
      ...(before !== undefined && { '.gitignore': before }),
    });
    expect(tree.readText('.gitignore')).toBe(after);
  });
});

describe('nest add: assets of nest-cli.json', () => {
  it.each([
    ['sources elsewhere', { sourceRoot: 'src', compilerOptions: { assets: ['**/*.json'] } }, ['**/*.json']],
    [
      'other assets',
      { sourceRoot: '.', compilerOptions: { assets: ['**/*.hbs', 'i18n/*.json'] } },
      ['**/*.hbs', 'i18n/*.json'],
    ],
    [
      'a pattern that covers the state file',
      { sourceRoot: '.', compilerOptions: { assets: ['**/*.json'] } },
      [{ include: '**/*.json', exclude: 'maintenance-state.json' }],
    ],
    [
      'an object that covers it',
      { sourceRoot: '', compilerOptions: { assets: [{ include: './*.{json,hbs}', watchAssets: true }] } },
      [{ include: './*.{json,hbs}', watchAssets: true, exclude: 'maintenance-state.json' }],
    ],
    [
      'another exclusion',
      { sourceRoot: './', compilerOptions: { assets: [{ include: '**', exclude: 'dist/**' }] } },
      [{ include: '**', exclude: '{dist/**,maintenance-state.json}' }],
    ],
    [
      'an exclusion that covers it',
      { sourceRoot: '.', compilerOptions: { assets: [{ include: '**', exclude: '*.json' }] } },
      [{ include: '**', exclude: '*.json' }],
    ],
  ])('%s', async (_, config, assets) => {
    const files = { 'app.module.ts': APP_MODULE, 'nest-cli.json': JSON.stringify(config) };
    const tree = await nestAdd(files, { sourceRoot: '', module: 'app.module.ts' });
    expect(tree.readJson('nest-cli.json')).toEqual({ ...config, compilerOptions: { assets } });
  });
});
