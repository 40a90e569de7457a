import type { Instances } from './instances.js';
import type { Target } from './target.js';

/** What a command needs beside its own options. */
export interface CommandContext {
  readonly target: Target;
  /** The instances to wait for, if any are named. */
  readonly instances: Instances | null;
  /** Who does it, for a storage; over the routes, the application knows. */
  readonly author: { readonly by?: string };
}
