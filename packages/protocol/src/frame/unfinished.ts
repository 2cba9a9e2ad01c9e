import { applyMask, isAscii, rotateMaskingKey } from './mask.js';
import type { MessageBuffer } from './message-buffer.js';
import { isControlOpcode, Opcode } from '../opcode.js';
import { advanceUtf8, UTF8_ACCEPT, UTF8_REJECT } from '../utf8.js';

/** What a parser knows of a frame and a message that it has not come to the end of. An idle one has nothing to know. */
export class Unfinished {
  partial: Uint8Array | null = null;
  partialLength = 0;

  frameFin = false;
  frameOpcode: number = Opcode.Continuation;
  frameLength = 0;
  frameReceived = 0;
  frameMasked = false;
  frameKey = 0;

  /** The unfinished message's opcode; Continuation (0) while there is none. */
  messageOpcode: number = Opcode.Continuation;
  messageLength = 0;
  messageFragments = 0;
  messageCompressed = false;
  messageAscii = true;
  messageUtf8 = UTF8_ACCEPT;
  message: MessageBuffer | null = null;

  control: MessageBuffer | null = null;

  /** The masking key as it applies to what comes next of the frame; 0 where it is not masked. */
  get keyHere(): number {
    return rotateMaskingKey(this.frameKey, this.frameReceived);
  }

  /** Whether nobody looks at the frame's payload before the message is complete: text is validated as it comes. */
  get isUnread(): boolean {
    return !isControlOpcode(this.frameOpcode) && (this.messageOpcode !== Opcode.Text || this.messageCompressed);
  }

  /** Whether the frame is a message of its own. */
  get isOnlyFrame(): boolean {
    return this.frameFin && this.messageFragments === 1;
  }

  /**
   * Takes the mask off what came of the frame.
   *
   * @returns whether all of it is ASCII; for messages that are no text, without meaning.
   */
  unmask(chunk: Uint8Array, offset: number, stop: number): boolean {
    if (this.frameMasked) return applyMask(chunk, offset, stop, this.keyHere);
    return this.messageOpcode !== Opcode.Text || isAscii(chunk, offset, stop);
  }

  /** Follows the UTF-8 of a text message; false when it is broken, or ends within a character. */
  followText(chunk: Uint8Array, offset: number, stop: number, ascii: boolean): boolean {
    if (this.messageOpcode !== Opcode.Text || this.messageCompressed) return true;
    if (!ascii || this.messageUtf8 !== UTF8_ACCEPT) {
      this.messageAscii = false;
      this.messageUtf8 = advanceUtf8(this.messageUtf8, chunk, offset, stop);
    }
    const ends = this.frameFin && this.frameReceived === this.frameLength;
    return this.messageUtf8 !== UTF8_REJECT && (!ends || this.messageUtf8 === UTF8_ACCEPT);
  }

  /** The message has come to its end. */
  endMessage(): void {
    this.messageOpcode = Opcode.Continuation;
    this.messageLength = 0;
    this.messageFragments = 0;
    this.messageCompressed = false;
    this.messageAscii = true;
    this.message = null;
  }

  /** Whether there is nothing to be known, between two frames. */
  get isIdle(): boolean {
    return this.partialLength === 0 && this.messageOpcode === Opcode.Continuation;
  }
}

let spare: Unfinished | null = null;

/** One that is idle. */
export function takeUnfinished(): Unfinished {
  const taken = spare ?? new Unfinished();
  spare = null;
  return taken;
}

/** It MUST be idle: the next one has it as it is. */
export function giveBack(unfinished: Unfinished): void {
  unfinished.partial = null;
  spare = unfinished;
}
