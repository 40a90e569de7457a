import type { MaintenanceProblem } from './problem.js';

/** What a blocked client gets, ready to be sent. */
export interface Answer {
  readonly statusCode: number;
  /** What says that this is maintenance, whoever writes the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** These, and those that belong to `body`. */
  readonly allHeaders: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The same as data, for other filters than this package's. */
  readonly problem: MaintenanceProblem;
}
