import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MaintenanceModuleOptions } from '../options/maintenance-module-options.js';
import { isStorageProvider } from '../options/structural-options.js';
import { type ResolvedOptions, resolveOptions } from '../options/resolved-options.js';
import { FileStorage } from '../storages/file/file.storage.js';
import { describe } from '../validation/check.js';
import { memberOf } from '../validation/values.js';
import { type StorageChoice, UsageError } from './arguments.js';

/** Structural settings of the module, which a command does not need. */
const STRUCTURAL = ['controller', 'imports'];
const DEFAULT_CONFIGS = ['maintenance.config.js', 'maintenance.config.mjs'];

/**
 * The options of the application, as far as a command needs them: from `--file`, `--config` or the default files.
 *
 * @throws UsageError, MaintenanceOptionsError
 */
export async function loadOptions({ file, config }: StorageChoice): Promise<ResolvedOptions> {
  if (file !== undefined) return resolveOptions({ storage: new FileStorage({ path: file }) });
  const path = config ?? (await defaultConfig());
  if (path === undefined) return resolveOptions();
  const options = resolveOptions(await readConfig(path));
  // By its name: a command that is installed elsewhere has another copy of the class.
  if (options.storage.name === 'memory') {
    throw new UsageError(
      `${path} keeps the state in memory, in the application's own process: no command can reach it`,
    );
  }
  return options;
}

async function defaultConfig(): Promise<string | undefined> {
  for (const name of DEFAULT_CONFIGS) {
    if (await exists(name)) return name;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readConfig(path: string): Promise<MaintenanceModuleOptions> {
  const config = await importDefault(path);
  // An array has no options, so the default storage would be used without a warning.
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new UsageError(
      `${path}: the default export must be an object of MaintenanceModuleOptions, and is ${describe(config)}`,
    );
  }
  if (isStorageProvider(memberOf(config, 'storage'))) {
    throw new UsageError(
      `${path}: "storage" is a provider, which only an application can resolve; export the storage object itself`,
    );
  }
  // An application may pass the same object to forRoot.
  return Object.fromEntries(Object.entries(config).filter(([name]) => !STRUCTURAL.includes(name)));
}

async function importDefault(path: string): Promise<unknown> {
  if (!(await exists(path))) throw new UsageError(`${path} does not exist`);
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
    return unwrap(module.default);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** The default export of a module that TypeScript has compiled to CommonJS is one level deeper. */
function unwrap(exported: unknown): unknown {
  const isCompiled = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  return isCompiled && 'default' in exported ? exported.default : exported;
}
