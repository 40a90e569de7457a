import { posix } from 'node:path';
import { ignoreStateFile } from './gitignore-file.js';
import { findImporter, findModuleFile } from './module-file.js';
import { withMaintenanceModule } from './module-import.js';
import { loadTypeScript, type ProjectFiles } from './project.js';
import { excludeFromAssets } from './nest-cli-file.js';

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
