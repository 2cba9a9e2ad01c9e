/**
 * The last plain text of one direction, as far back as its window reaches: all that context takeover needs between
 * messages (RFC 7692 §7.2.3.2). Given to zlib as a dictionary, it takes the place of a live compressor, which would hold
 * hundreds of kilobytes for every connection.
 */
export class SlidingWindow {
  private readonly size: number;
  private text: Buffer | undefined;

  constructor(windowBits: number) {
    this.size = 2 ** windowBits;
  }

  /** `undefined` while there is nothing to refer to. */
  get dictionary(): Buffer | undefined {
    return this.text;
  }

  /** Moves on over a message. Its bytes are copied. */
  slideOver(message: Uint8Array): void {
    if (message.length === 0) return;
    const kept = this.text?.subarray(
      Math.min(this.text.length, Math.max(0, this.text.length + message.length - this.size)),
    );
    this.text = Buffer.concat([kept ?? Buffer.alloc(0), message.subarray(Math.max(0, message.length - this.size))]);
  }
}
