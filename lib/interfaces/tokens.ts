/*
 * A process may have several copies of this package: ESM and CommonJS, or two versions. All have the same tokens, so that
 * decorators and storages of one copy work with the module of another.
 */

/** The options as the application gave them. */
export const MODULE_OPTIONS = Symbol.for('nestjs-maintenance-mode:module-options');

/**
 * The storage of the state. Tests replace it with `overrideProvider(MAINTENANCE_STORAGE)`.
 *
 * @publicApi
 */
export const MAINTENANCE_STORAGE = Symbol.for('nestjs-maintenance-mode:storage');

/** The options with all defaults, validated. */
export const RESOLVED_OPTIONS = Symbol.for('nestjs-maintenance-mode:resolved-options');

/** The wired objects around the state, which has been read. */
export const STATE_PARTS = Symbol.for('nestjs-maintenance-mode:state-parts');

/** The member of a storage that gets its warnings: the application's log, or stderr of the command line. */
export const WARN: unique symbol = Symbol.for('nestjs-maintenance-mode:warn');

/** What metrics and health checks read; one for each application. */
export const OBSERVATIONS = Symbol.for('nestjs-maintenance-mode:observations');

/**
 * A value that all copies of this package in the process share: its ESM and CommonJS builds, and other versions. The first
 * copy that asks makes it, so what a key stands for never changes its shape.
 */
export function sharedByCopies<T extends object>(key: string, make: () => T): T {
  const symbol = Symbol.for(`nestjs-maintenance-mode:${key}`);
  const process = globalThis as { [symbol]?: T };
  return (process[symbol] ??= make());
}
