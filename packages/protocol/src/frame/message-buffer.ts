/** Makes room for `size` bytes; they need not be zeroed. Engines pass their platform's own. */
export type Allocate = (size: number) => Uint8Array;

/** What is reserved at once for a payload that has been announced but not seen. */
const FIRST_RESERVATION_BYTES = 64 * 1024;

/**
 * The bytes of one message that did not come in one piece. It grows with what has arrived, not with what a frame header
 * announced: ten thousand headers that promise a gigabyte each reserve next to nothing.
 */
export class MessageBuffer {
  private bytes: Uint8Array;
  private used = 0;

  constructor(
    private readonly allocate: Allocate,
    announced: number,
  ) {
    this.bytes = allocate(Math.min(announced, FIRST_RESERVATION_BYTES));
  }

  get length(): number {
    return this.used;
  }

  /**
   * Copies `source[start, end)` behind what is there. Room is reserved by doubling.
   *
   * @param ceiling - the most that the message can become; no more than that is reserved.
   */
  append(source: Uint8Array, start: number, end: number, ceiling: number): void {
    const needed = this.used + (end - start);
    if (needed > this.bytes.length) {
      const grown = this.allocate(Math.max(needed, Math.min(ceiling, this.bytes.length * 2)));
      grown.set(this.bytes.subarray(0, this.used));
      this.bytes = grown;
    }
    this.bytes.set(source.subarray(start, end), this.used);
    this.used = needed;
  }

  /** The size of the storage. */
  get reserved(): number {
    return this.bytes.length;
  }

  /** The storage; valid up to {@link length}, replaced when it grows. */
  get view(): Uint8Array {
    return this.bytes;
  }
}
