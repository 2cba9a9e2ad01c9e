/** First in, first out. An array's `shift` moves all that is behind the first. */
export class Fifo<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    const first = this.items[this.head];
    if (first === undefined) return undefined;
    this.head++;
    if (this.head > this.items.length / 2) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return first;
  }
}
