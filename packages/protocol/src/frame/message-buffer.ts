import { copyMasked } from './mask.js';

/** Makes room for `size` bytes; they need not be zeroed. Engines pass their platform's own. */
export type Allocate = (size: number) => Uint8Array;

/** What is reserved at once for a payload that has been announced but not seen. */
const FIRST_RESERVATION_BYTES = 64 * 1024;

/** Shorter pieces are copied: an object for each would take more than it saves. */
const KEPT_FROM_BYTES = 16 * 1024;

/** A piece that stays in the chunk that it came in, under its mask. */
interface KeptPiece {
  readonly chunk: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly key: number;
}

/**
 * The bytes of one message that did not come in one piece. It grows with what has arrived, not with what a frame header
 * announced: ten thousand headers that promise a gigabyte each reserve next to nothing.
 *
 * Large pieces stay in their chunks until half of the message is there. Then there may be storage for all of it, and they go there by
 * one copy, which takes the mask off; and so does what follows, straight from its chunk.
 */
export class MessageBuffer {
  private storage: Uint8Array | undefined = undefined;
  /** How much of it is used; behind that come the kept pieces. */
  private stored = 0;
  private kept: KeptPiece[] | undefined = undefined;
  private keptBytes = 0;
  private used = 0;

  constructor(
    private readonly allocate: Allocate,
    private readonly announced: number,
  ) {}

  get length(): number {
    return this.used;
  }

  /**
   * Puts `chunk[start, end)` behind what is there. The chunk may be kept, where the piece is most of it.
   *
   * @param ceiling - the most that the message can become; no more than that is reserved.
   * @param key - takes a mask off the piece, as the key applies to its first byte; 0 where there is none.
   */
  append(chunk: Uint8Array, start: number, end: number, ceiling: number, key: number): void {
    if (start === end) return;
    const needed = this.used + (end - start);
    let { storage } = this;
    if (storage === undefined || needed > storage.length) {
      if (needed * 2 < ceiling && isWorthKeeping(chunk, end - start)) {
        (this.kept ??= []).push({ chunk, start, end, key });
        this.keptBytes += chunk.buffer.byteLength;
        this.used = needed;
        return;
      }
      const first = this.used === 0 ? Math.min(this.announced, FIRST_RESERVATION_BYTES) : 0;
      storage = this.grow(Math.max(needed, first, Math.min(ceiling, needed * 2)));
    }
    copyMasked(chunk, start, end, key, storage, this.used);
    this.used = this.stored = needed;
  }

  /** How much memory it takes, in bytes: its storage, and that of the chunks which it keeps. */
  get reserved(): number {
    return (this.storage === undefined ? 0 : this.storage.length) + this.keptBytes;
  }

  /** All of it in one piece: valid up to {@link length}, and until something is appended. */
  join(): Uint8Array {
    return this.storage === undefined || this.kept !== undefined ? this.grow(this.used) : this.storage;
  }

  private grow(size: number): Uint8Array {
    const storage = this.allocate(size);
    if (this.storage !== undefined) storage.set(this.storage.subarray(0, this.stored));
    for (const { chunk, start, end, key } of this.kept ?? []) {
      copyMasked(chunk, start, end, key, storage, this.stored);
      this.stored += end - start;
    }
    this.kept = undefined;
    this.keptBytes = 0;
    return (this.storage = storage);
  }
}

/** A kept piece must not hold on to more than twice of itself. */
function isWorthKeeping(chunk: Uint8Array, length: number): boolean {
  return length >= KEPT_FROM_BYTES && length * 2 >= chunk.buffer.byteLength;
}
