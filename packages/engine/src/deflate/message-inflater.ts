import { constants as bufferLimits } from 'node:buffer';
import { inflateRaw, inflateRawSync, type InflateRaw, type ZlibOptions } from 'node:zlib';
import { type DataOpcode, Violation } from '@nestwire/protocol';
import { BYTES_PER_MESSAGE, hasReadingBudget, onceWithinBudget, spendSyncBudget } from './sync-budget.js';
import { SlidingWindow } from './window.js';

/**
 * "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message." RFC 7692 §7.2.2. Behind them stands an
 * empty last block: a stream that was cut off in the middle does not reach it, and zlib says so.
 */
const TAIL = Buffer.of(0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff);

/** Messages whose plain text stays below this are inflated on the main thread. */
const SYNC_OUTPUT_BYTES = 64 * 1024;

/** Where these lie with their tail. */
const scratch = Buffer.allocUnsafeSlow(SYNC_OUTPUT_BYTES + TAIL.length);

/**
 * What zlib makes is put together of chunks, each a further call, or a further way to the thread pool; their size follows from what the peer
 * has sent. JSON becomes three to five times as long.
 */
const CHUNK_TIMES = 6;
const LEAST_CHUNK_BYTES = 256;
const LARGEST_CHUNK_BYTES = 128 * 1024;

/**
 * How often a message may say that it ends and go on all the same. Senders end a message by BFINAL once, if at all; each
 * time costs zlib a new state, so that thousands in one message would hold up everybody.
 */
const MOST_FINAL_BLOCKS = 64;

/** A message's plain text, or the rule that it broke. */
export type Inflated =
  { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly violation: Violation };

export interface InflaterOptions {
  /** The sender's window, 8–15 bits. */
  readonly windowBits: number;
  /** Whether a message may refer to earlier ones. */
  readonly contextTakeover: boolean;
  /** What a message may become; inflating stops there. */
  readonly maxMessageBytes: number;
}

/** Who is told of a message that was not inflated at once. */
export interface InflatedTaker {
  onInflated(opcode: DataOpcode, inflated: Inflated): void;
}

/** What zlib answers with `info: true`, which its types leave out. */
interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: InflateRaw;
}

/**
 * Inflates the messages of one direction, one after the other. RFC 7692 §7.2.2. The output is never longer than the limit,
 * not even within: zlib is told to stop.
 */
export class MessageInflater {
  private readonly window: SlidingWindow | undefined;
  private readonly maxMessageBytes: number;

  constructor(private readonly options: InflaterOptions) {
    if (options.contextTakeover) this.window = new SlidingWindow(options.windowBits);
    this.maxMessageBytes = Math.min(options.maxMessageBytes, bufferLimits.MAX_LENGTH);
  }

  /**
   * Inflates at once where that is short work, and this turn of the event loop has time for it. Otherwise `taker` is told later, and the next
   * message MUST wait for that.
   */
  inflateFor(taker: InflatedTaker, opcode: DataOpcode, payload: Uint8Array): Inflated | undefined {
    const mayBeShort = payload.length <= SYNC_OUTPUT_BYTES;
    if (mayBeShort && !hasReadingBudget()) {
      onceWithinBudget(() => {
        const inflated = this.inflateFor(taker, opcode, payload);
        if (inflated !== undefined) taker.onInflated(opcode, inflated);
      });
      return undefined;
    }
    const inflated = mayBeShort ? this.inflate(payload) : undefined;
    if (inflated === undefined) {
      void this.inflateLater(payload).then((result) => taker.onInflated(opcode, result));
    }
    return inflated;
  }

  /**
   * Inflates where that is short work.
   *
   * @returns `undefined` where it is not: then {@link inflateLater}.
   */
  inflate(payload: Uint8Array): Inflated | undefined {
    // Some compressors make nothing of an empty message, not even the byte that §7.2.3.6 asks for.
    if (payload.length === 0) return { ok: true, bytes: Buffer.alloc(0) };
    if (payload.length > SYNC_OUTPUT_BYTES) return undefined;
    spendSyncBudget(BYTES_PER_MESSAGE + payload.length);
    const ceiling = Math.min(this.maxMessageBytes, SYNC_OUTPUT_BYTES);
    const pieces: Buffer[] = [];
    let input = withTail(payload);
    let room = ceiling;
    try {
      for (;;) {
        const { buffer, engine } = inflateRawSync(
          input,
          this.zlibOptions(input.length, room, pieces),
        ) as unknown as InflateInfo;
        pieces.push(buffer);
        room -= buffer.length;
        // zlib stops at a block that says it is the last (BFINAL); a message may go on behind it (§7.2.3.4).
        if (engine.bytesWritten >= input.length) break;
        if (pieces.length === MOST_FINAL_BLOCKS) return { ok: false, violation: Violation.InvalidCompressedData };
        input = input.subarray(engine.bytesWritten);
      }
    } catch (error) {
      if (isOverLimit(error) && ceiling < this.maxMessageBytes) {
        spendSyncBudget(ceiling);
        return undefined;
      }
      return { ok: false, violation: violationOf(error) };
    }
    const inflated = this.finish(pieces, ceiling);
    if (inflated.ok) spendSyncBudget(inflated.bytes.length);
    return inflated;
  }

  /** Inflates in the thread pool. The next message MUST wait for it. */
  async inflateLater(payload: Uint8Array): Promise<Inflated> {
    const pieces: Buffer[] = [];
    let input = Buffer.concat([payload, TAIL]);
    let room = this.maxMessageBytes;
    try {
      for (;;) {
        const { buffer, engine } = await inflateRawInfo(input, this.zlibOptions(input.length, room, pieces));
        pieces.push(buffer);
        room -= buffer.length;
        if (engine.bytesWritten >= input.length) break;
        if (pieces.length === MOST_FINAL_BLOCKS) return { ok: false, violation: Violation.InvalidCompressedData };
        input = input.subarray(engine.bytesWritten);
      }
    } catch (error) {
      return { ok: false, violation: violationOf(error) };
    }
    return this.finish(pieces, this.maxMessageBytes);
  }

  private finish(pieces: readonly Buffer[], ceiling: number): Inflated {
    const [only] = pieces;
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    if (bytes.length > ceiling) return { ok: false, violation: Violation.MessageTooBig };
    this.window?.slideOver(bytes);
    return { ok: true, bytes };
  }

  private zlibOptions(length: number, room: number, before: readonly Buffer[]): ZlibOptions {
    const dictionary = this.dictionaryBehind(before);
    return {
      windowBits: this.options.windowBits,
      // zlib takes no limit below 1; `finish` sees the byte too many.
      maxOutputLength: Math.max(1, room),
      chunkSize: Math.min(Math.max(length * CHUNK_TIMES, LEAST_CHUNK_BYTES), LARGEST_CHUNK_BYTES),
      info: true,
      ...(dictionary === undefined ? {} : { dictionary }),
    };
  }

  /** What a message may refer to: earlier ones, and its own beginning. */
  private dictionaryBehind(before: readonly Buffer[]): Buffer | undefined {
    if (before.length === 0) return this.window?.dictionary;
    const text = Buffer.concat([this.window?.dictionary ?? Buffer.alloc(0), ...before]);
    return text.length === 0 ? undefined : text.subarray(-(2 ** this.options.windowBits));
  }
}

/** Valid until the next message: what is inflated at once does not outlive the call. */
function withTail(payload: Uint8Array): Buffer {
  const { length } = payload;
  scratch.set(payload);
  scratch.set(TAIL, length);
  return scratch.subarray(0, length + TAIL.length);
}

function inflateRawInfo(input: Buffer, options: ZlibOptions): Promise<InflateInfo> {
  return new Promise((resolve, reject) => {
    inflateRaw(input, options, (error, result) => {
      if (error === null) resolve(result as unknown as InflateInfo);
      else reject(error);
    });
  });
}

function isOverLimit(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

function violationOf(error: unknown): Violation {
  return isOverLimit(error) ? Violation.MessageTooBig : Violation.InvalidCompressedData;
}
