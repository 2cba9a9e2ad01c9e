/**
 * The last plain text of one direction, as far back as its window reaches: all that context takeover needs between
 * messages (RFC 7692 §7.2.3.2). Given to zlib as a dictionary, it takes the place of a live compressor, which would hold
 * hundreds of kilobytes for every connection.
 */
export class SlidingWindow {
  private readonly size: number;
  private bytes: Buffer | undefined;
  private used = 0;

  constructor(windowBits: number) {
    this.size = 2 ** windowBits;
  }

  /** `undefined` while there is nothing to refer to. Valid until the window moves; zlib copies what it is given. */
  get dictionary(): Buffer | undefined {
    const { bytes, used } = this;
    return bytes === undefined || used === bytes.length ? bytes : bytes.subarray(0, used);
  }

  /** Moves on over a message. Its bytes are copied. */
  slideOver(message: Uint8Array): void {
    if (message.length === 0) return;
    const added = message.length <= this.size ? message : message.subarray(message.length - this.size);
    const kept = Math.min(this.used, this.size - added.length);
    const bytes = this.roomFor(kept + added.length);
    bytes.copyWithin(0, this.used - kept, this.used);
    bytes.set(added, kept);
    this.used = kept + added.length;
  }

  /** Grows by doubling, up to the window: a connection that says little holds little. */
  private roomFor(length: number): Buffer {
    const { bytes } = this;
    if (bytes !== undefined && length <= bytes.length) return bytes;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.size, Math.max(length, (bytes?.length ?? 0) * 2)));
    if (bytes !== undefined) grown.set(bytes.subarray(0, this.used));
    this.bytes = grown;
    return grown;
  }
}
