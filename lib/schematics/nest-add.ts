import { posix } from 'node:path';
import { memberOf } from '../validation/values.js';
import { findImporter, findModuleFile, withMaintenanceModule } from './module-file.js';
import { loadTypeScript, type ProjectFiles, STATE_FILE } from './project.js';

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
