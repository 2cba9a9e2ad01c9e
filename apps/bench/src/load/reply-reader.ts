import { CHECKED_EVERY, type ReplyCheck, WrongReply } from './reply-check.js';

const OPCODE_BITS = 0x0f;
const FIN_BIT = 0x80;
const FIRST_CONTROL_OPCODE = 8;
const CLOSE_OPCODE = 8;
const LENGTH_BITS = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * Counts the replies in what a connection delivers, from one header to the next, and has some of them compared. It is no parser: what a
 * server sends in this benchmark is whole messages in one frame each.
 */
export class ReplyReader {
  /** The place of the next reply among the ring's messages. */
  place: number;
  private readonly header = Buffer.alloc(10);
  private headerLength = 0;
  private firstByte = 0;
  private length = 0;
  private left = 0;
  private untilCheck = 1;
  /** A reply that is to be compared, and lies in several chunks. */
  private gathered: Buffer | null = null;
  private gatheredLength = 0;

  constructor(
    private readonly check: ReplyCheck,
    start: number,
    /** Told of Engine.IO's ping, a message of one byte; no reply is as short. */
    private readonly onPing: () => void = () => undefined,
  ) {
    this.place = start;
  }

  /**
   * @returns how many replies end in this chunk.
   * @throws WrongReply for one that is not what it should be, and for a close frame.
   */
  read(chunk: Buffer): number {
    const end = chunk.length;
    let offset = 0;
    let replies = 0;
    while (offset < end) {
      if (this.left === 0 && this.headerLength === 0 && offset + 2 <= end) {
        // A frame that lies whole in the chunk, up to 64 KiB: most do.
        let length = chunk[offset + 1] as number;
        let start = offset + 2;
        if (length === LENGTH_16 && offset + 4 <= end) {
          length = ((chunk[start] as number) << 8) | (chunk[start + 1] as number);
          start += 2;
        } else if (length >= LENGTH_16) length = Infinity;
        const next = start + length;
        if (next <= end) {
          const firstByte = chunk[offset] as number;
          if (this.isReply(firstByte, length)) {
            replies++;
            if (--this.untilCheck === 0) this.compare(firstByte, chunk, start, next);
            this.place++;
          }
          offset = next;
          continue;
        }
      }
      if (this.left === 0) {
        offset = this.readHeader(chunk, offset, end);
        if (this.left > 0 || this.headerLength > 0) continue;
        if (this.isReply(this.firstByte, 0)) replies += this.endReply(chunk, offset, offset);
      } else {
        const stop = Math.min(end, offset + this.left);
        this.left -= stop - offset;
        if (this.isReply(this.firstByte, this.length)) replies += this.endReply(chunk, offset, stop);
        offset = stop;
      }
    }
    return replies;
  }

  /** Takes header bytes; `headerLength` is 0 afterwards if that was all of it, and `left` is what is to follow. */
  private readHeader(chunk: Buffer, offset: number, end: number): number {
    const { header } = this;
    while (offset < end) {
      header[this.headerLength++] = chunk[offset++] as number;
      if (this.headerLength < 2) continue;
      const short = (header[1] as number) & LENGTH_BITS;
      const needed = short === LENGTH_64 ? 10 : short === LENGTH_16 ? 4 : 2;
      if (this.headerLength < needed) continue;
      this.left = short === LENGTH_64 ? header.readUIntBE(4, 6) : short === LENGTH_16 ? header.readUInt16BE(2) : short;
      this.firstByte = header[0] as number;
      this.headerLength = 0;
      this.gathered = null;
      this.gatheredLength = 0;
      this.length = this.left;
      if (this.left > 1 && this.isReply(this.firstByte, this.left) && --this.untilCheck === 0)
        this.gathered = Buffer.allocUnsafe(this.left);
      break;
    }
    return offset;
  }

  /** Some bytes of a reply, perhaps its last ones. */
  private endReply(chunk: Buffer, start: number, stop: number): number {
    if (this.gathered !== null) {
      chunk.copy(this.gathered, this.gatheredLength, start, stop);
      this.gatheredLength += stop - start;
    }
    if (this.left > 0) return 0;
    if (this.gathered !== null) this.compare(this.firstByte, this.gathered, 0, this.gatheredLength);
    this.place++;
    return 1;
  }

  private compare(firstByte: number, bytes: Buffer, start: number, end: number): void {
    this.untilCheck = CHECKED_EVERY;
    this.check.compare(firstByte, bytes, start, end, this.place);
  }

  private isReply(firstByte: number, length: number): boolean {
    const opcode = firstByte & OPCODE_BITS;
    if (opcode < FIRST_CONTROL_OPCODE) {
      if ((firstByte & FIN_BIT) === 0) throw new WrongReply('A reply came in fragments, which is not counted here');
      if (length !== 1) return true;
      this.onPing();
      return false;
    }
    if (opcode === CLOSE_OPCODE) throw new WrongReply('The server closed the connection');
    return false;
  }
}
