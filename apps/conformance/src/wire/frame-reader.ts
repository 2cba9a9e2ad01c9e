/** A frame as the other end sent it, unmasked. */
export interface ReceivedFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What the other end did wrong in its framing, in words for the report. */
export class WireFault extends Error {}

/**
 * Reads the frames of the other end, and holds it to the rules of a sender: masked or not as its role demands (§5.1), and
 * lengths in the shortest form (§5.2).
 */
export class FrameReader {
  private chunks: Buffer[] = [];
  private buffered = 0;

  /** @param expectsMask - whether the other end is a client. */
  constructor(private readonly expectsMask: boolean) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.buffered += chunk.length;
  }

  /** Bytes of a frame that is not complete. */
  get unread(): number {
    return this.buffered;
  }

  /**
   * @returns the next frame, or `undefined` while it is not complete.
   * @throws WireFault for what a sender must not do.
   */
  next(): ReceivedFrame | undefined {
    if (this.buffered < 2) return undefined;
    const second = this.peek(2)[1] as number;
    const masked = (second & 0x80) !== 0;
    if (masked !== this.expectsMask) throw new WireFault(masked ? 'a masked frame' : 'an unmasked frame');
    const short = second & 0x7f;
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
    const headerLength = 2 + extended + (masked ? 4 : 0);
    if (this.buffered < headerLength) return undefined;
    const header = this.peek(headerLength);
    const length = extended === 0 ? short : extended === 2 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
    if ((extended === 2 && length < 126) || (extended === 8 && length <= 0xffff)) {
      throw new WireFault('a length that is not minimal');
    }
    if (this.buffered < headerLength + length) return undefined;
    const first = header[0] as number;
    const key = masked ? Buffer.from(header.subarray(headerLength - 4)) : undefined;
    const payload = this.take(headerLength + length).subarray(headerLength);
    if (key !== undefined)
      for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (key[i & 3] as number);
    return { fin: (first & 0x80) !== 0, rsv: (first >>> 4) & 7, opcode: first & 0x0f, payload };
  }

  /** The first `count` bytes, brought together; they stay. */
  private peek(count: number): Buffer {
    let [first] = this.chunks;
    if (first === undefined || first.length < count) {
      first = Buffer.concat(this.chunks);
      this.chunks = [first];
    }
    return first;
  }

  private take(count: number): Buffer {
    const taken = Buffer.allocUnsafe(count);
    let at = 0;
    let used = 0;
    while (at < count) {
      const chunk = this.chunks[used] as Buffer;
      const piece = chunk.subarray(0, count - at);
      taken.set(piece, at);
      at += piece.length;
      if (piece.length === chunk.length) used++;
      else this.chunks[used] = chunk.subarray(piece.length);
    }
    this.chunks.splice(0, used);
    this.buffered -= count;
    return taken;
  }
}
