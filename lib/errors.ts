/** On each class its own name, by which other copies of this package know its errors. */
const CLASS = Symbol.for('nestjs-maintenance-mode:error-class');

type ErrorClass = (abstract new (...args: never[]) => Error) & { readonly [CLASS]?: string };

/**
 * The base class of all errors of this package. `instanceof` also holds for errors of another copy of the package, such as
 * its CommonJS build beside the ESM one.
 *
 * @publicApi
 */
export abstract class MaintenanceError extends Error {
  /** @internal */
  static readonly [CLASS]: string = 'MaintenanceError';

  /** @internal */
  static override [Symbol.hasInstance](this: ErrorClass, value: unknown): boolean {
    const name = Object.hasOwn(this, CLASS) ? this[CLASS] : undefined;
    return classesOf(value).some(
      (other) =>
        other === this || (name !== undefined && Object.hasOwn(other, CLASS) && other[CLASS] === name),
    );
  }

  /** Stable, for programs: `MAINTENANCE_...`. */
  abstract readonly code: string;
}

/** An option is wrong; the message says which, what it got and what it expects. @publicApi */
export class MaintenanceOptionsError extends MaintenanceError {
  /** @internal */
  static override readonly [CLASS] = 'MaintenanceOptionsError';

  override readonly name = 'MaintenanceOptionsError';
  readonly code = 'MAINTENANCE_OPTIONS';

  constructor(
    /** The option's path: `response.statusCode`. */
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${message}`, options);
  }
}

/** The start or end of a window is wrong, or there is nothing on that could be changed; the message says why. @publicApi */
export class MaintenanceWindowError extends MaintenanceError {
  /** @internal */
  static override readonly [CLASS] = 'MaintenanceWindowError';

  override readonly name = 'MaintenanceWindowError';
  readonly code = 'MAINTENANCE_WINDOW';
}

/** A storage could not be read or written; `cause` is the driver's own error. @publicApi */
export class MaintenanceStorageError extends MaintenanceError {
  /** @internal */
  static override readonly [CLASS] = 'MaintenanceStorageError';

  override readonly name = 'MaintenanceStorageError';
  readonly code = 'MAINTENANCE_STORAGE';

  /** @param hint another sentence for the message. */
  constructor(storage: string, action: 'read' | 'write', cause: unknown, hint?: string) {
    const message = `Cannot ${action} the maintenance state in the "${storage}" storage: ${sentence(cause)}`;
    super(hint === undefined ? message : `${message} ${hint}`, { cause });
  }
}

function sentence(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.endsWith('.') ? message : `${message}.`;
}

/** Another process changed the stored state first. @publicApi */
export class MaintenanceConflictError extends MaintenanceError {
  /** @internal */
  static override readonly [CLASS] = 'MaintenanceConflictError';

  override readonly name = 'MaintenanceConflictError';
  readonly code = 'MAINTENANCE_CONFLICT';

  constructor(storage: string, options?: ErrorOptions) {
    super(
      `The maintenance state in the "${storage}" storage was changed by another process or user meanwhile. ` +
        'Look at the status, then try again.',
      options,
    );
  }
}

/** The mode is forced by the `enabled` option, so it cannot be changed at run time. @publicApi */
export class MaintenanceForcedError extends MaintenanceError {
  /** @internal */
  static override readonly [CLASS] = 'MaintenanceForcedError';

  override readonly name = 'MaintenanceForcedError';
  readonly code = 'MAINTENANCE_FORCED';

  constructor(enabled: boolean) {
    super(
      `Maintenance mode is forced ${enabled ? 'on' : 'off'} by the "enabled" option. ` +
        'Remove that option and restart to turn it on and off at run time.',
    );
  }
}

/** The class of a value and those above it. */
function classesOf(value: unknown): ErrorClass[] {
  const classes: ErrorClass[] = [];
  for (let prototype = value; typeof prototype === 'object' && prototype !== null;) {
    prototype = Object.getPrototypeOf(prototype);
    const { constructor } = (prototype ?? {}) as { constructor?: unknown };
    if (typeof constructor === 'function') classes.push(constructor as ErrorClass);
  }
  return classes;
}
