/** What is found in a list: looked for again where its length is another. */
export class Search<T> {
  #found: readonly T[] = [];
  #among = 0;

  constructor(
    private readonly list: () => readonly T[],
    private readonly isWanted: (item: T) => boolean,
  ) {}

  get found(): readonly T[] {
    const list = this.list();
    if (list.length !== this.#among) {
      this.#found = list.filter(this.isWanted);
      this.#among = list.length;
    }
    return this.#found;
  }
}
