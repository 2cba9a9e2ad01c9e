/** Callbacks, first in, first out. */
export class WaitingLine {
  private callbacks: (() => void)[] = [];
  private head = 0;

  get length(): number {
    return this.callbacks.length - this.head;
  }

  push(callback: () => void): void {
    this.callbacks.push(callback);
  }

  shift(): (() => void) | undefined {
    const first = this.callbacks[this.head];
    if (first === undefined) return undefined;
    this.head++;
    // What is over is let go of now and then: each time, everybody behind it would be moved.
    if (this.head > this.callbacks.length / 2) {
      this.callbacks = this.callbacks.slice(this.head);
      this.head = 0;
    }
    return first;
  }
}
