/**
 * Items in the order in which they came, any of which may leave: a doubly linked list. A Map or a Set would do the same,
 * but V8 makes their tables anew as entries come and go, and links each table to the next: once one has grown old, all
 * after it, with what they held, outlive the young generation.
 */

export interface Arrival {
  previous: this | undefined;
  next: this | undefined;
}

export class Arrivals<T extends Arrival> {
  #oldest: T | undefined;
  #newest: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** To be called once for each item. */
  add(item: T): void {
    item.previous = this.#newest;
    if (this.#newest) this.#newest.next = item;
    else this.#oldest = item;
    this.#newest = item;
    this.#size += 1;
  }

  /** To be called once for each item that was added. */
  remove(item: T): void {
    const { previous, next } = item;
    if (previous) previous.next = next;
    else this.#oldest = next;
    if (next) next.previous = previous;
    else this.#newest = previous;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
  }

  /** The oldest first. Who lets some leave meanwhile walks over a copy: what left leads nowhere. */
  *[Symbol.iterator](): Generator<T> {
    for (let item = this.#oldest; item; item = item.next) yield item;
  }
}
