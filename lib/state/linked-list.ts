/** What can be in a {@link LinkedList}: in one at a time. */
export interface Linked<T> {
  preceding: T | null;
  following: T | null;
}

/** A set of things that come and go at every request: several times cheaper than a `Set`, which hashes. */
export class LinkedList<T extends Linked<T>> {
  private first: T | null = null;

  add(item: T): void {
    const { first } = this;
    item.following = first;
    if (first !== null) first.preceding = item;
    this.first = item;
  }

  remove({ preceding, following }: T): void {
    if (preceding === null) this.first = following;
    else preceding.following = following;
    if (following !== null) following.preceding = preceding;
  }

  all(): T[] {
    const items: T[] = [];
    for (let item = this.first; item !== null; item = item.following) items.push(item);
    return items;
  }
}
