/** The options as the application gave them. */
export const MODULE_OPTIONS = Symbol('nestjs-maintenance-mode:module-options');

/**
 * The storage of the state. Tests replace it with `overrideProvider(MAINTENANCE_STORAGE)`.
 *
 * @publicApi
 */
export const MAINTENANCE_STORAGE = Symbol.for('nestjs-maintenance-mode:storage');

/** The options with all defaults, validated. */
export const RESOLVED_OPTIONS = Symbol('nestjs-maintenance-mode:resolved-options');

/** What holds and changes the state, wired and read for the first time. */
export const STATE_PARTS = Symbol('nestjs-maintenance-mode:state-parts');

/** What holds methods with `@PauseDuringMaintenance()` back, one for each application. */
export const JOB_PAUSES = Symbol('nestjs-maintenance-mode:job-pauses');
