import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Environment, readEnvironment } from '../options/environment.js';
import type {
  DisableOptions,
  EnableOptions,
  MaintenanceChange,
  UpdateOptions,
} from '../interfaces/maintenance-status.js';
import type { MaintenanceStorage } from '../interfaces/maintenance-storage.js';
import type { MaintenanceModuleOptions } from '../options/maintenance-module-options.js';
import { type ResolvedOptions, resolveOptions } from '../options/resolved-options.js';
import { isStorageProvider } from '../options/option-checks.js';
import { storageLabel } from '../state/record-repository.js';
import { StateParts } from '../state/state-parts.js';
import { begin } from '../state/runs.js';
import { extendBy, update } from '../state/changes.js';
import { stderrLog, UsageError } from './terminal.js';
import { FileStorage } from '../storages/file/file.storage.js';
import { describe, memberOf } from '../validation/values.js';
import type { Change, ScopeAndAuthor, Statuses, Target } from './target.js';

/** The longest poll interval is this much longer than `sync.pollIntervalMs`. */
const JITTER = 1.1;

/** The storage that the application uses. The application is not started. */
export class StorageTarget implements Target {
  readonly label: string;
  readonly identity: Target['identity'];
  readonly remarks: readonly string[];
  readonly forcedBy: string | null;
  readonly noticeMs: number;
  readonly #parts: StateParts;
  readonly #routes: string;

  constructor({ options, forcedBy, remark, routes }: LoadedOptions) {
    const { storage, sync, enabled } = options;
    this.#parts = new StateParts(options, stderrLog, 'cli');
    this.#routes = routes;
    this.identity = { storage: storageLabel(storage) };
    this.label = `Storage: ${storageLabel(storage)}${isMissing(storage) ? ' (the file did not exist)' : ''}`;
    this.remarks = remark === null ? [] : [remark];
    this.forcedBy = enabled === undefined ? null : forcedBy;
    // A poll that has just begun may still read the state from before.
    this.noticeMs = storage.watch === undefined ? JITTER * sync.pollIntervalMs + sync.timeoutMs : 0;
  }

  async read(): Promise<Statuses> {
    await this.#parts.refresh();
    return this.#known();
  }

  async enable(options: EnableOptions): Promise<Change> {
    return this.#change(async () => this.#parts.turnOn(options));
  }

  async disable(options: DisableOptions): Promise<Change> {
    return this.#change(async () => this.#parts.turnOff(options));
  }

  async update(changes: UpdateOptions): Promise<Change> {
    return this.#change(async () => this.#parts.change(update(changes)));
  }

  async extend(ms: number, options: ScopeAndAuthor): Promise<Change> {
    return this.#change(async () => this.#parts.change(extendBy(ms, options)));
  }

  async run<T>(work: (revision: number) => Promise<T>, options: EnableOptions): Promise<T> {
    const { runs, state } = this.#parts;
    return runs.run(begin(options), options.scope, async () => {
      // The end moves with the command, whatever others change meanwhile.
      this.#parts.start();
      return work(state.status().revision);
    });
  }

  async history(limit?: number): Promise<readonly MaintenanceChange[]> {
    await this.#parts.refresh();
    return this.#parts.state.history(limit);
  }

  checkBypass(): void {
    // Any storage can keep a secret.
  }

  async issueBypass({ by }: { readonly by?: string }): Promise<string> {
    return `/${this.#routes}/bypass/${await this.#parts.issueSecret(by ?? null)}`;
  }

  async close(): Promise<void> {
    await this.#parts.release();
  }

  async #change(make: () => Promise<unknown>): Promise<Change> {
    // Text that cannot be parsed is replaced by the change itself.
    const before = await this.read().catch(() => []);
    await make();
    return { before, after: this.#known() };
  }

  #known(): Statuses {
    const { state } = this.#parts;
    return state.list().map((status) => {
      const since = status.state === 'active' ? state.activeSince(status.scope) : null;
      return Object.assign({ since }, status);
    });
  }
}

function isMissing({ name, location }: MaintenanceStorage): boolean {
  return name === 'file' && location !== undefined && !existsSync(location);
}

/** Structural settings of the module, which a command does not need, except for the path of the routes. */
const STRUCTURAL = ['controller', 'imports'];
const DEFAULT_CONFIGS = ['maintenance.config.js', 'maintenance.config.mjs', 'maintenance.config.cjs'];
const DEFAULT_PATH = 'maintenance-mode';

/** What forces the state, and where the state is kept. */
const STATE_VARIABLES = ['MAINTENANCE_MODE', 'MAINTENANCE_MODE_STATE_FILE_PATH'];

/** The options of the application, as far as a command knows them. */
interface LoadedOptions {
  readonly options: ResolvedOptions;
  /** What forces the state, if `options.enabled` is set: for messages. */
  readonly forcedBy: string;
  /** Said with each answer. */
  readonly remark: string | null;
  /** The path of the module's routes, without the global prefix. */
  readonly routes: string;
}

/**
 * The options from `--file`, `--config`, the default files or the environment, the first of these that there is.
 *
 * @throws UsageError, MaintenanceOptionsError
 */
export async function loadOptions(
  { file, config }: { readonly file: string | undefined; readonly config: string | undefined },
  env: Environment,
): Promise<LoadedOptions> {
  const common = { forcedBy: 'MAINTENANCE_MODE in the environment', remark: null, routes: DEFAULT_PATH };
  if (file !== undefined) {
    const options = resolveOptions({ storage: new FileStorage({ path: file }) }, stderrLog);
    return { ...common, options, remark: remarkOn(env) };
  }
  const path = config ?? (await defaultConfig());
  if (path === undefined) return { ...common, options: resolveOptions(stateOptions(env), stderrLog) };
  const given = await readConfig(path);
  const options = resolveOptions(withoutStructure(given), stderrLog);
  // By its name: a command that is installed elsewhere has another copy of the class.
  if (options.storage.name === 'memory') {
    throw new UsageError(
      `${path} keeps the state in memory, in the application's own process: no command can reach it, except by --url`,
    );
  }
  const forcedBy = `the "enabled" option in ${path}`;
  return { options, forcedBy, remark: remarkOn(env), routes: routesOf(given) };
}

/** All options that say how the page looks, for `page`. */
export async function loadPageOptions(
  config: string | undefined,
  env: Environment,
): Promise<ResolvedOptions> {
  const path = config ?? (await defaultConfig());
  const given = path === undefined ? readEnvironment(env) : withoutStructure(await readConfig(path));
  return resolveOptions(given, stderrLog);
}

/** Other variables are the application's business: a mistake in one of them must not keep anybody from turning maintenance off. */
function stateOptions(env: Environment): MaintenanceModuleOptions {
  return readEnvironment(Object.fromEntries(STATE_VARIABLES.map((name) => [name, env[name]])));
}

/** The application may read the variable, and be forced by it, where the command has other options. */
function remarkOn(env: Environment): string | null {
  const value = env['MAINTENANCE_MODE']?.trim() ?? '';
  if (value === '') return null;
  return `MAINTENANCE_MODE is set in this environment: an application that reads it is forced to ${value}.`;
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

async function readConfig(path: string): Promise<object> {
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
  return config;
}

/** An application may pass the same object to forRoot. */
function withoutStructure(config: object): MaintenanceModuleOptions {
  return Object.fromEntries(Object.entries(config).filter(([name]) => !STRUCTURAL.includes(name)));
}

function routesOf(config: object): string {
  const path = memberOf(memberOf(config, 'controller'), 'path');
  return typeof path === 'string' ? path.replaceAll(/^\/+|\/+$/g, '') : DEFAULT_PATH;
}

async function importDefault(path: string): Promise<unknown> {
  if (!(await exists(path))) throw new UsageError(`${path} does not exist`);
  await keepNestOffStdout(path);
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
    return unwrap(module.default);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path} cannot be loaded: ${message}`, { cause: error });
  }
}

/**
 * A configuration may use what logs by Nest. A command without one does not load Nest, which makes its start shorter.
 * The configuration may find another copy of Nest than this package does, and each copy has its own logger.
 */
async function keepNestOffStdout(path: string): Promise<void> {
  for (const nest of [await import('@nestjs/common').catch(() => null), await nestOf(path)])
    nest?.Logger.overrideLogger(stderrLog);
}

/** The copy of Nest that a file imports. */
async function nestOf(path: string): Promise<typeof import('@nestjs/common') | null> {
  try {
    const entry = createRequire(resolve(path)).resolve('@nestjs/common');
    return (await import(pathToFileURL(entry).href)) as typeof import('@nestjs/common');
  } catch {
    return null;
  }
}

/** The default export of a module that TypeScript has compiled to CommonJS is one level deeper. */
function unwrap(exported: unknown): unknown {
  const isCompiled = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  return isCompiled && 'default' in exported ? exported.default : exported;
}
