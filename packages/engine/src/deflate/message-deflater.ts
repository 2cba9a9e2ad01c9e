import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { BYTES_PER_MESSAGE, hasSendingBudget, onceWithinBudget, spendSyncBudget } from './sync-budget.js';
import { SlidingWindow } from './window.js';

/** What every flushed block ends with, and what is taken off. RFC 7692 §7.2.1. */
const TAIL_BYTES = 4;

/** Messages up to this size are deflated on the main thread. */
const SYNC_INPUT_BYTES = 64 * 1024;

/** Of these, messages up to this size wait for the next turn where this one has no time; longer ones go to the thread pool. */
const DEFERRED_INPUT_BYTES = 16 * 1024;

/**
 * What zlib makes is put together of chunks, each a further call, or a further way to the thread pool. One of the message's own length is
 * enough: what can't be compressed grows by less than the slack.
 */
const LARGEST_CHUNK_BYTES = 256 * 1024;
const CHUNK_SLACK_BYTES = 128;

/** zlib's smallest window for a compressor; what it makes fits into 8 bits as well, for its matches stay 262 bytes short. */
const LEAST_ZLIB_WINDOW_BITS = 9;

export interface DeflaterOptions {
  /** This end's window, 8–15 bits. */
  readonly windowBits: number;
  /** Whether a message may refer to earlier ones. */
  readonly contextTakeover: boolean;
  /** zlib's level, 1 (fast) to 9 (small). */
  readonly level: number;
  /** zlib's memory, 1 to 9. */
  readonly memLevel: number;
}

/** Deflates the messages of one direction, one after the other. RFC 7692 §7.2.1. */
export class MessageDeflater {
  /** What its output depends on besides the message; `undefined` where that is earlier messages as well. */
  readonly parameters: string | undefined;
  private readonly window: SlidingWindow | undefined;

  constructor(private readonly options: DeflaterOptions) {
    const { windowBits, contextTakeover, level, memLevel } = options;
    if (contextTakeover) this.window = new SlidingWindow(windowBits);
    this.parameters = contextTakeover ? undefined : [windowBits, level, memLevel].join();
  }

  /**
   * Deflates at once where that is short work, and this turn of the event loop has time for it.
   *
   * @param overdraw - whether it is to be done now in any case: what saves several connections as much may take its time.
   * @returns `undefined` where not: then {@link deflateLater}.
   */
  deflate(message: Uint8Array, overdraw = false): Uint8Array | undefined {
    if (message.length > SYNC_INPUT_BYTES || !(overdraw || hasSendingBudget())) return undefined;
    spendSyncBudget(BYTES_PER_MESSAGE + message.length);
    return this.finish(message, deflateRawSync(message, this.zlibOptions(message.length)));
  }

  /**
   * Deflates short messages in a turn that has time, others in the thread pool. The next message MUST wait for it; `message` MUST not change
   * meanwhile.
   */
  deflateLater(message: Uint8Array): Promise<Uint8Array> {
    if (message.length > DEFERRED_INPUT_BYTES) return this.deflatePooled(message);
    return new Promise((resolve) => {
      onceWithinBudget(() => resolve(this.deflate(message, true) ?? this.deflatePooled(message)));
    });
  }

  private deflatePooled(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      deflateRaw(message, this.zlibOptions(message.length), (error, deflated) => {
        if (error === null) resolve(this.finish(message, deflated));
        else reject(error);
      });
    });
  }

  private finish(message: Uint8Array, deflated: Buffer): Uint8Array {
    this.window?.slideOver(message);
    // An empty message leaves nothing behind; it is sent as one byte 0x00 (§7.2.3.6).
    return deflated.length <= TAIL_BYTES ? Buffer.of(0) : deflated.subarray(0, deflated.length - TAIL_BYTES);
  }

  private zlibOptions(length: number): ZlibOptions {
    const dictionary = this.window?.dictionary;
    return {
      windowBits: Math.max(this.options.windowBits, LEAST_ZLIB_WINDOW_BITS),
      level: this.options.level,
      memLevel: this.options.memLevel,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.min(length + CHUNK_SLACK_BYTES, LARGEST_CHUNK_BYTES),
      ...(dictionary === undefined ? {} : { dictionary }),
    };
  }
}
