import type { CurrentState } from './current-state.js';

/** Keeps apart what was said already, so that the log has one line for each maintenance and not one for each call. */
export class OncePerMaintenance {
  readonly #said = new Set<string>();

  constructor(events: CurrentState['events']) {
    events.subscribe(({ type }) => {
      if (type === 'deactivated') this.#said.clear();
    });
  }

  /** Whether this is the first time since maintenance began. */
  isFirst(key: string): boolean {
    const isFirst = !this.#said.has(key);
    this.#said.add(key);
    return isFirst;
  }
}
