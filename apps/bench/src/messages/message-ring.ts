import { constants, deflateRawSync } from 'node:zlib';
import { frameBytes } from './frame-bytes.js';
import { type MessageShape, payloadOf } from './message-shape.js';

/** Whether messages are compressed, and whether they may refer to earlier ones. RFC 7692 §7.1.1. */
export type Compression = 'off' | 'no-takeover' | 'takeover';

export interface RingSettings {
  readonly shape: MessageShape;
  readonly compression: Compression;
  /** The most messages that are written at once. */
  readonly burst: number;
  /** Whose frames they are: a client's are masked (RFC 6455 §5.1). */
  readonly masked: boolean;
}

/** As many messages as this holds before they come again, in bytes, and within the two bounds below. */
const RING_BYTES = 1024 * 1024;
const LEAST_MESSAGES = 4;
const MOST_MESSAGES = 1024;

/** So that every server can read what is sent, whatever window it lets its clients have. */
const WINDOW_BITS = 12;

/** What zlib ends a flushed stream with, and a message goes without. RFC 7692 §7.2.1. */
const TAIL_BYTES = 4;

/**
 * Messages that were built before the first is sent, as frames side by side: so many in a row are one range of bytes, and sending them
 * takes no more than a write. Behind the last one comes the first again.
 */
export class MessageRing {
  /** How many different messages there are. */
  readonly length: number;
  private readonly payloads: readonly Buffer[];
  private readonly frames: Buffer;
  /** Where each frame begins, and where the last ends; the first ones are there a second time, behind the last. */
  private readonly offsets: readonly number[];
  private readonly compression: Compression;

  constructor({ shape, compression, burst, masked }: RingSettings) {
    this.compression = compression;
    this.length = Math.min(MOST_MESSAGES, Math.max(LEAST_MESSAGES, Math.floor(RING_BYTES / shape.bytes)));
    this.payloads = Array.from({ length: this.length }, (_, sequence) => payloadOf(shape, sequence));
    const frames = this.payloads.map((payload, sequence) =>
      frameBytes(
        {
          text: shape.form.kind !== 'binary',
          compressed: compression !== 'off',
          payload: compression === 'off' ? payload : this.deflate(payload, sequence),
        },
        masked,
      ),
    );
    const repeated = Array.from({ length: this.length + burst }, (_, i) => frames[i % this.length] as Buffer);
    this.frames = Buffer.concat(repeated);
    let offset = 0;
    this.offsets = [0, ...repeated.map((frame) => (offset += frame.length))];
  }

  /** The bytes of so many messages (at most the ring's burst), from this place on; any place, also past the end. */
  slice(place: number, count: number): Buffer {
    const from = place % this.length;
    return this.frames.subarray(this.offsets[from], this.offsets[from + count]);
  }

  /** The message at this place, before compression. */
  payload(place: number): Buffer {
    return this.payloads[place % this.length] as Buffer;
  }

  /** What a message at this place may refer to: the last `bytes` of the plain text before it. */
  textBefore(place: number, bytes: number): Buffer {
    const pieces: Buffer[] = [];
    let length = 0;
    for (let i = place - 1; i >= 0 && length < bytes; i--) {
      const payload = this.payload(i);
      pieces.unshift(payload);
      length += payload.length;
    }
    return Buffer.concat(pieces).subarray(-bytes);
  }

  /** With takeover, the first message refers to nothing: so it fits behind the last one too. */
  private deflate(payload: Buffer, sequence: number): Buffer {
    const before = this.compression === 'takeover' ? this.textBefore(sequence, 2 ** WINDOW_BITS) : Buffer.alloc(0);
    const deflated = deflateRawSync(payload, {
      windowBits: WINDOW_BITS,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(before.length > 0 ? { dictionary: before } : {}),
    });
    return deflated.subarray(0, deflated.length - TAIL_BYTES);
  }
}
