import {
  FIN_BIT,
  headerLengthOf,
  LENGTH_16,
  LENGTH_64,
  LENGTH_BITS,
  MASK_BIT,
  MASKING_KEY_BYTES,
  MAX_HEADER_BYTES,
  OPCODE_BITS,
} from './frame-header.js';
import { headerViolation, isCompressed } from './header-rules.js';
import type { FrameSink } from './frame-sink.js';
import { closeBodyViolation } from './close-body.js';
import { applyMask, applyMaskThrough, isAscii, readMaskingKey, WORDWISE_FROM_BYTES } from './mask.js';
import { readUint16, readUint32 } from './read-uint.js';
import { giveBack, takeUnfinished, type Unfinished } from './unfinished.js';
import type { FrameParserOptions } from './frame-parser-options.js';
import { FrameParserSettings, LONGEST_MESSAGE_BYTES } from './frame-parser-settings.js';
import { MessageBuffer } from './message-buffer.js';
import { CloseCode } from '../close-code.js';
import { type DataOpcode, isControlOpcode, Opcode } from '../opcode.js';
import { isUtf8 } from '../utf8.js';
import { Violation } from '../violation.js';

/*
 * From chunks, as a socket delivers them, to messages.
 *
 * The common case decides the shape: a frame that lies whole in the chunk and is a whole message. It is unmasked where it
 * lies and reported as a range of the chunk; nothing is copied and nothing is allocated. `parseWhole` takes as many of these
 * as follow each other, without a state in between, and leaves everything else, mistakes included, to the way below. Only
 * what is split – over chunks, or over fragments – goes through a buffer: `message` for data, `control` for a control
 * frame, which may come in the middle of a fragmented message (§5.4) and so needs one of its own.
 *
 * What is known of something split is in an object of its own, `Unfinished`, which a parser has only as long as there is such
 * a thing: most connections are idle, and have none.
 *
 * The parser is always in one of three states (below). In `Header` the bytes of an incomplete header wait in `partial`; in
 * `Payload` the header has been decoded into the `frame…` fields and `frameReceived` counts what came of the payload;
 * `Done` is for ever: a close frame or a violation was reported, or `stop()` was called, and what follows is ignored.
 *
 * Text is validated as it arrives, so that a message fails on its first wrong byte and not at its end (§8.1).
 */

const ParserState = { Header: 0, Payload: 1, Done: 2 } as const;
type ParserState = (typeof ParserState)[keyof typeof ParserState];

/** First bytes of frames that are messages of their own, not compressed. */
const TEXT_FRAME = FIN_BIT | Opcode.Text;
const BINARY_FRAME = FIN_BIT | Opcode.Binary;

const COMPRESSED_SLACK_BYTES = 1024;

export class FrameParser {
  private state: ParserState = ParserState.Header;
  private paused = false;

  private readonly settings: FrameParserSettings;

  /** There while something is split, or no message of its own. */
  private unfinished: Unfinished | null = null;

  constructor(
    private readonly sink: FrameSink,
    options: FrameParserOptions | FrameParserSettings,
  ) {
    this.settings = options instanceof FrameParserSettings ? options : new FrameParserSettings(options);
  }

  /** Whether a message has begun and not ended: in its fragments, or in a frame that is still arriving. */
  get hasUnfinishedMessage(): boolean {
    return this.unfinished !== null && this.unfinished.messageOpcode !== Opcode.Continuation;
  }

  /** How much memory an unfinished message takes, in bytes. */
  get heldBytes(): number {
    return this.unfinished === null || this.unfinished.message === null ? 0 : this.unfinished.message.reserved;
  }

  /** How much has come of the payload of an unfinished message, in bytes. */
  get unfinishedBytes(): number {
    return this.unfinished === null || this.unfinished.message === null ? 0 : this.unfinished.message.length;
  }

  private get isDone(): boolean {
    return this.state === ParserState.Done;
  }

  /** Reports nothing more from now on, and takes no more bytes, until {@link resume}. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Ignores all that follows, for ever. */
  stop(): void {
    this.state = ParserState.Done;
    this.unfinished = null;
  }

  /**
   * Parses a chunk, which is the parser's from now on: it is unmasked in place, and may be kept until a message is complete.
   *
   * @param view - the same bytes. Small masked frames take less time with it; making one pays from several of them on.
   * @returns how many bytes were taken: all, unless the parser was paused. The rest is for the next call, after `resume()`.
   */
  parse(chunk: Uint8Array, view?: DataView): number {
    const taken = this.parseUntilPaused(chunk, view);
    const { unfinished } = this;
    if (unfinished !== null && this.state === ParserState.Header && unfinished.isIdle) {
      this.unfinished = null;
      giveBack(unfinished);
    }
    return taken;
  }

  private get split(): Unfinished {
    return (this.unfinished ??= takeUnfinished());
  }

  private parseUntilPaused(chunk: Uint8Array, view: DataView | undefined): number {
    const end = chunk.length;
    let offset = 0;
    while (!this.paused) {
      if (this.state === ParserState.Header) {
        if (this.unfinished === null || this.unfinished.isIdle) {
          offset = this.parseWhole(chunk, view, offset, end);
          if (this.isDone) return end;
          if (this.paused) return offset;
        }
        if (offset >= end) return end;
        offset = this.parseHeader(chunk, offset, end);
      }
      if (this.state === ParserState.Payload) {
        offset = this.parsePayload(chunk, offset, end);
        if (this.state === ParserState.Payload) return end;
      }
      if (this.isDone) return end;
    }
    return offset;
  }

  /**
   * Takes messages of one whole frame each that is neither compressed nor longer than 64 KiB, for as long as they follow each other.
   *
   * @returns where something else begins, if only the end of the chunk.
   */
  private parseWhole(chunk: Uint8Array, view: DataView | undefined, offset: number, end: number): number {
    const { sink } = this;
    const { expectsMask, maxMessageBytes } = this.settings;
    const maskBit = expectsMask ? MASK_BIT : 0;
    while (offset + 1 < end && !this.paused && this.state === ParserState.Header) {
      const first = chunk[offset] as number;
      if (first !== TEXT_FRAME && first !== BINARY_FRAME) return offset;
      // Of a frame that is masked and must not be, or the other way round, this makes one that is too long.
      let length = (chunk[offset + 1] as number) ^ maskBit;
      let start = offset + 2;
      if (length >= LENGTH_16) {
        if (length > LENGTH_16 || start + 1 >= end) return offset;
        length = ((chunk[start] as number) << 8) | (chunk[start + 1] as number);
        if (length < LENGTH_16) return offset;
        start += 2;
      }
      const keyAt = start;
      if (maskBit !== 0) start += MASKING_KEY_BYTES;
      const stop = start + length;
      if (stop > end || length > maxMessageBytes) return offset;

      const isText = first === TEXT_FRAME;
      let ascii: boolean;
      if (maskBit === 0) ascii = !isText || isAscii(chunk, start, stop);
      else if (view === undefined || length >= WORDWISE_FROM_BYTES) {
        ascii = applyMask(chunk, start, stop, readMaskingKey(chunk, keyAt));
      } else ascii = applyMaskThrough(view, start, stop, view.getInt32(keyAt, true));
      offset = stop;
      if (isText && !ascii && !isUtf8(chunk, start, stop)) {
        this.fail(Violation.InvalidUtf8);
        return end;
      }
      sink.onMessage(isText ? Opcode.Text : Opcode.Binary, chunk, start, stop, ascii);
    }
    return offset;
  }

  /** Takes header bytes; in state `Payload` afterwards if that completed the header. */
  private parseHeader(chunk: Uint8Array, offset: number, end: number): number {
    const { split } = this;
    if (split.partialLength === 0 && end - offset >= 2) {
      const needed = headerLengthOf(chunk[offset + 1] as number);
      if (end - offset >= needed) {
        this.decodeHeader(chunk, offset);
        return offset + needed;
      }
    }
    const partial = (split.partial ??= this.settings.allocate(MAX_HEADER_BYTES));
    while (offset < end) {
      partial[split.partialLength++] = chunk[offset++] as number;
      if (split.partialLength >= 2 && split.partialLength === headerLengthOf(partial[1] as number)) {
        split.partialLength = 0;
        this.decodeHeader(partial, 0);
        return offset;
      }
    }
    return offset;
  }

  private decodeHeader(bytes: Uint8Array, offset: number): void {
    const { split } = this;
    const first = bytes[offset] as number;
    const second = bytes[offset + 1] as number;
    const opcode = first & OPCODE_BITS;
    const fin = (first & FIN_BIT) !== 0;
    const masked = (second & MASK_BIT) !== 0;

    const compressed = this.settings.compression && isCompressed(first);
    const violation = headerViolation(first, second, this.settings.expectsMask, compressed);
    if (violation !== undefined) return this.fail(violation);
    let length = second & LENGTH_BITS;

    offset += 2;
    if (length === LENGTH_16) {
      length = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
      offset += 2;
      if (length < LENGTH_16) return this.fail(Violation.NonMinimalLength);
    } else if (length === LENGTH_64) {
      const high = readUint32(bytes, offset);
      if (high >= 0x8000_0000) return this.fail(Violation.LengthTopBit);
      length = high * 0x1_0000_0000 + readUint32(bytes, offset + 4);
      offset += 8;
      if (length <= 0xffff) return this.fail(Violation.NonMinimalLength);
    }

    if (!isControlOpcode(opcode)) {
      if (opcode === Opcode.Continuation) {
        if (!this.hasUnfinishedMessage) return this.fail(Violation.UnexpectedContinuation);
      } else {
        if (this.hasUnfinishedMessage) return this.fail(Violation.ExpectedContinuation);
        split.messageOpcode = opcode;
        split.messageCompressed = compressed;
      }
      if (split.messageLength + length > this.longestPayload()) return this.fail(Violation.MessageTooBig);
      if (++split.messageFragments > this.settings.maxFragments) return this.fail(Violation.TooManyFragments);
      split.messageLength += length;
    }

    split.frameFin = fin;
    split.frameOpcode = opcode;
    split.frameLength = length;
    split.frameReceived = 0;
    split.frameMasked = masked;
    split.frameKey = masked ? readMaskingKey(bytes, offset) : 0;
    this.state = ParserState.Payload;
  }

  /** Takes payload bytes; no longer in state `Payload` afterwards if that completed the frame. */
  private parsePayload(chunk: Uint8Array, offset: number, end: number): number {
    const { split } = this;
    const stop = Math.min(end, offset + split.frameLength - split.frameReceived);
    const whole = split.frameReceived === 0 && stop - offset === split.frameLength;
    if (split.isUnread && !(whole && split.isOnlyFrame)) {
      // Its mask comes off on the way to where the message is put together.
      const key = split.keyHere;
      split.frameReceived += stop - offset;
      this.gatherData(chunk, offset, stop, key);
      return stop;
    }
    const ascii = split.unmask(chunk, offset, stop);
    split.frameReceived += stop - offset;

    if (isControlOpcode(split.frameOpcode)) {
      this.takeControl(chunk, offset, stop, whole);
    } else if (split.followText(chunk, offset, stop, ascii)) {
      if (whole && split.isOnlyFrame) this.endMessage(split.messageOpcode as DataOpcode, chunk, offset, stop);
      else this.gatherData(chunk, offset, stop, 0);
    } else {
      this.fail(Violation.InvalidUtf8);
    }
    return stop;
  }

  private longestPayload(): number {
    if (!this.split.messageCompressed) return this.settings.maxMessageBytes;
    return Math.min(this.settings.maxMessageBytes * 1.125 + COMPRESSED_SLACK_BYTES, LONGEST_MESSAGE_BYTES);
  }

  private gatherData(chunk: Uint8Array, offset: number, stop: number, key: number): void {
    const { split } = this;
    const message = (split.message ??= new MessageBuffer(this.settings.allocate, split.messageLength));
    message.append(chunk, offset, stop, split.frameFin ? split.messageLength : this.longestPayload(), key);
    if (split.frameReceived < split.frameLength) return;
    if (split.frameFin) {
      this.endMessage(split.messageOpcode as DataOpcode, message.join(), 0, message.length);
    } else {
      this.state = ParserState.Header;
    }
  }

  private endMessage(opcode: DataOpcode, bytes: Uint8Array, start: number, end: number): void {
    const { messageAscii, messageCompressed } = this.split;
    this.state = ParserState.Header;
    this.split.endMessage();
    if (messageCompressed) this.sink.onCompressedMessage?.(opcode, bytes, start, end);
    else this.sink.onMessage(opcode, bytes, start, end, messageAscii);
  }

  private takeControl(chunk: Uint8Array, offset: number, stop: number, whole: boolean): void {
    const { split } = this;
    if (whole) return this.endControl(chunk, offset, stop);
    const control = (split.control ??= new MessageBuffer(this.settings.allocate, split.frameLength));
    control.append(chunk, offset, stop, split.frameLength, 0);
    if (split.frameReceived === split.frameLength) {
      split.control = null;
      this.endControl(control.join(), 0, control.length);
    } else if (split.frameOpcode === Opcode.Close) {
      this.checkCloseBody(control.join(), 0, control.length, false);
    }
  }

  private endControl(bytes: Uint8Array, start: number, end: number): void {
    this.state = ParserState.Header;
    switch (this.split.frameOpcode) {
      case Opcode.Ping:
        return this.sink.onPing(bytes, start, end);
      case Opcode.Pong:
        return this.sink.onPong(bytes, start, end);
      default:
        if (!this.checkCloseBody(bytes, start, end, true)) return;
        this.stop();
        if (start === end) return this.sink.onClose(CloseCode.NoStatusReceived, bytes, start, end);
        return this.sink.onClose(readUint16(bytes, start), bytes, start + 2, end);
    }
  }

  /** Fails on a close body that can't be right; @returns whether it may go on. */
  private checkCloseBody(bytes: Uint8Array, start: number, end: number, complete: boolean): boolean {
    const violation = closeBodyViolation(bytes, start, end, complete);
    if (violation !== undefined) this.fail(violation);
    return violation === undefined;
  }

  private fail(violation: Violation): void {
    this.stop();
    this.sink.onViolation(violation);
  }
}
