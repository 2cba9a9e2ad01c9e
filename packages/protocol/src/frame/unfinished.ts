import type { MessageBuffer } from './message-buffer.js';
import { Opcode } from '../opcode.js';
import { UTF8_ACCEPT } from '../utf8.js';

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
