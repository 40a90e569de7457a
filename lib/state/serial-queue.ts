/** Runs tasks one after the other; one that fails does not keep the next from running. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when what was asked for so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
