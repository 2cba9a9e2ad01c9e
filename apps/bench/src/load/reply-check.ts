import { constants, inflateRawSync } from 'node:zlib';
import type { Compression, MessageRing } from '../messages/message-ring.js';

/** One in so many replies is compared, more than 1 %. A prime, so that it is another message of the ring each time. */
export const CHECKED_EVERY = 61;

/** What a message goes without. RFC 7692 §7.2.2. */
const TAIL = Buffer.of(0x00, 0x00, 0xff, 0xff);

/** The largest window that a server may use. */
const WINDOW_BITS = 15;

/** A server that did not send back what it was sent, in the order in which it was. */
export class WrongReply extends Error {
  override readonly name = 'WrongReply';
}

/** Compares replies with the messages that they must be: content and place, for each message has a number in it. */
export class ReplyCheck {
  checked = 0;

  constructor(
    private readonly ring: MessageRing,
    private readonly compression: Compression,
  ) {}

  /**
   * @param place - which of the ring's messages this must be.
   * @throws WrongReply where it is another one, or none.
   */
  compare(firstByte: number, bytes: Buffer, start: number, end: number, place: number): void {
    const expected = this.ring.payload(place);
    const compressed = (firstByte & 0x40) !== 0;
    if (compressed !== (this.compression !== 'off')) {
      throw new WrongReply(compressed ? 'A reply is compressed, as it should not be' : 'A reply is not compressed');
    }
    const reply = compressed ? this.inflate(bytes.subarray(start, end), place) : bytes.subarray(start, end);
    if (!reply.equals(expected)) {
      throw new WrongReply(`Reply ${String(place)} is ${excerpt(reply)}; it should be ${excerpt(expected)}`);
    }
    this.checked++;
  }

  private inflate(payload: Buffer, place: number): Buffer {
    const before = this.compression === 'takeover' ? this.ring.textBefore(place, 2 ** WINDOW_BITS) : Buffer.alloc(0);
    try {
      return inflateRawSync(Buffer.concat([payload, TAIL]), {
        windowBits: WINDOW_BITS,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(before.length > 0 ? { dictionary: before } : {}),
      });
    } catch (cause) {
      throw new WrongReply(`Reply ${String(place)} can't be inflated`, { cause });
    }
  }
}

function excerpt(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1', 0, 80));
  return `${String(bytes.length)} bytes, ${text}${bytes.length > 80 ? '…' : ''}`;
}
