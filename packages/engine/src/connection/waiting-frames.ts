import type { Opcode } from '@nestwire/protocol';

interface WaitingFrame {
  readonly opcode: Opcode;
  /** Its own: the caller's bytes are the caller's again. */
  readonly payload: string | Uint8Array;
}

/** What waits behind a message that is being deflated in the thread pool. */
export class WaitingFrames {
  readonly frames: WaitingFrame[] = [];

  /** @param bytes - what they take in all, in bytes; at first the message's own. */
  constructor(public bytes: number) {}

  push(opcode: Opcode, payload: string | Uint8Array): void {
    const isText = typeof payload === 'string';
    this.frames.push({ opcode, payload: isText ? payload : Buffer.from(payload) });
    this.bytes += isText ? Buffer.byteLength(payload) : payload.length;
  }
}
