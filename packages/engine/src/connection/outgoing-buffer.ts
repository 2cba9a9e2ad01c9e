import {
  FIN_BIT,
  headerLengthFor,
  MAX_HEADER_BYTES,
  Opcode,
  serializeFrameHeader,
  applyMask,
} from '@nestwire/protocol';
import type { FrameRun } from './frame-run.js';
import type { RelayedBytes } from './relayed-text.js';

const POOLED_BYTES = 16 * 1024;
const MOST_POOLED = 64;

/**
 * What a buffer grows to first, which is also pooled: as much as gathers before it is written in any case (64 KiB), and one message that
 * fits into a pooled one.
 */
const GROWN_BYTES = 80 * 1024;
const MOST_GROWN = 8;

/** A UTF-16 unit becomes three bytes of UTF-8 at most. */
const MAX_BYTES_PER_UNIT = 3;

/** Up to this many UTF-16 units, reserving the most that a text can become is cheaper than measuring it first. */
const UNMEASURED_UNITS = 4096;

/** How much more storage than bytes may be kept for long. */
const MOST_KEPT_TIMES = 1.1;

/** From here on, a view of the range costs less than a loop. */
const VIEWED_FROM_BYTES = 256;
const BYTEWISE_TO_BYTES = 96;

/** Views up to this length are kept, as long as their storage. */
const KEPT_VIEWS = 256;

const pool: OutgoingBuffer[] = [];
const grownPool: Buffer[] = [];

/**
 * The frames that one connection sends in one turn, side by side, so that they go out in one write. Taken from a pool by
 * the first of them and given back as soon as the socket has let go of the bytes; an idle connection holds none.
 */
export class OutgoingBuffer {
  private bytes: Buffer = Buffer.allocUnsafeSlow(POOLED_BYTES);
  /** Short views of it, by their lengths: to make one takes longer than to write what one small message causes. */
  private readonly views: (Buffer | undefined)[] = [];
  /** The same storage, for copies that are too short for a view of their own; there once it was needed. */
  private words: DataView | undefined = undefined;
  /** Where it began, once it has grown: to go on with after that. */
  private small: Buffer | undefined = undefined;
  private used = 0;

  private constructor() {
    // Through `take()`.
  }

  static take(): OutgoingBuffer {
    return pool.pop() ?? new OutgoingBuffer();
  }

  get length(): number {
    return this.used;
  }

  /** The bytes so far; theirs is the buffer's storage. */
  view(): Buffer {
    const { used, bytes } = this;
    if (used >= KEPT_VIEWS || bytes.length !== POOLED_BYTES) return bytes.subarray(0, used);
    return (this.views[used] ??= bytes.subarray(0, used));
  }

  /** The bytes so far, for somebody who keeps them for long: hardly more storage than they need. The buffer is not used again by its owner. */
  detach(): Buffer {
    const view = this.view();
    if (this.used * MOST_KEPT_TIMES >= this.bytes.length) return view;
    const copy = Buffer.from(view);
    this.release();
    return copy;
  }

  /** Nobody holds {@link view} any longer: the storage can serve the next turn. */
  release(): void {
    if (this.small !== undefined && this.bytes.length === GROWN_BYTES) {
      if (grownPool.length < MOST_GROWN) grownPool.push(this.bytes);
      this.bytes = this.small;
      this.words = undefined;
      this.small = undefined;
    }
    if (this.bytes.length !== POOLED_BYTES || pool.length >= MOST_POOLED) return;
    this.used = 0;
    pool.push(this);
  }

  /** A text message in one frame. The length's form is settled after the text is in place, so that it is encoded once. */
  appendText(text: string, maskingKey?: number): void {
    const masked = maskingKey !== undefined;
    const most = text.length <= UNMEASURED_UNITS ? text.length * MAX_BYTES_PER_UNIT : Buffer.byteLength(text);
    // A guess at the header's length; it is right unless the text is near an edge of the length forms.
    const guessed = headerLengthFor(text.length, masked);
    this.reserve(MAX_HEADER_BYTES + most);
    const at = this.used;
    const length = this.bytes.write(text, at + guessed, 'utf8');
    const needed = headerLengthFor(length, masked);
    if (needed !== guessed) this.bytes.copyWithin(at + needed, at + guessed, at + guessed + length);
    const start = serializeFrameHeader(this.bytes, at, FIN_BIT | Opcode.Text, length, maskingKey);
    if (masked) applyMask(this.bytes, start, start + length, maskingKey);
    this.used = start + length;
  }

  /**
   * A frame that is a message or a control frame of its own. A mask goes over the copy, never over the caller's bytes.
   *
   * @param firstBits - the opcode, and RSV1 where the payload is compressed; FIN is always set.
   */
  append(firstBits: number, payload: Uint8Array, start: number, end: number, maskingKey?: number): void {
    const length = end - start;
    this.reserve(MAX_HEADER_BYTES + length);
    const at = serializeFrameHeader(this.bytes, this.used, FIN_BIT | firstBits, length, maskingKey);
    this.bytes.set(start === 0 && end === payload.length ? payload : payload.subarray(start, end), at);
    this.used = at + length;
    if (maskingKey !== undefined) applyMask(this.bytes, at, this.used, maskingKey);
  }

  /** A text that is sent on as it came. */
  appendRelayed({ bytes, view, start, end }: RelayedBytes, maskingKey?: number): void {
    const length = end - start;
    if (length >= VIEWED_FROM_BYTES || (view === undefined && length > BYTEWISE_TO_BYTES)) {
      return this.append(Opcode.Text, bytes, start, end, maskingKey);
    }
    this.reserve(MAX_HEADER_BYTES + VIEWED_FROM_BYTES);
    const at = serializeFrameHeader(this.bytes, this.used, FIN_BIT | Opcode.Text, length, maskingKey);
    if (view === undefined) copyBytes(bytes, start, end, this.bytes, at);
    else copyWords(view, start, end, (this.words ??= viewOf(this.bytes)), at);
    this.used = at + length;
    if (maskingKey !== undefined) applyMask(this.bytes, at, this.used, maskingKey);
  }

  /** A frame that is built already. */
  appendFrame(frame: Uint8Array): void {
    this.reserve(frame.length);
    this.bytes.set(frame, this.used);
    this.used += frame.length;
  }

  /** Several of them. */
  appendRun(run: FrameRun): void {
    this.reserve(run.length);
    run.copyTo(this.bytes, this.used);
    this.used += run.length;
  }

  private reserve(room: number): void {
    const needed = this.used + room;
    if (needed <= this.bytes.length) return;
    const grown = this.grownStorage(needed);
    this.bytes.copy(grown, 0, 0, this.used);
    if (this.bytes.length === POOLED_BYTES) this.small = this.bytes;
    this.bytes = grown;
    this.words = undefined;
  }

  private grownStorage(needed: number): Buffer {
    if (needed <= GROWN_BYTES) return grownPool.pop() ?? Buffer.allocUnsafeSlow(GROWN_BYTES);
    return Buffer.allocUnsafeSlow(this.used === 0 ? needed : Math.max(needed, this.bytes.length * 2));
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function copyWords(source: DataView, start: number, end: number, target: DataView, at: number): void {
  let i = start;
  for (; i + 7 < end; i += 8, at += 8) {
    target.setInt32(at, source.getInt32(i, true), true);
    target.setInt32(at + 4, source.getInt32(i + 4, true), true);
  }
  for (; i < end; i++, at++) target.setUint8(at, source.getUint8(i));
}

function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  let i = start;
  for (; i + 3 < end; i += 4, at += 4) {
    target[at] = source[i] as number;
    target[at + 1] = source[i + 1] as number;
    target[at + 2] = source[i + 2] as number;
    target[at + 3] = source[i + 3] as number;
  }
  for (; i < end; i++, at++) target[at] = source[i] as number;
}
