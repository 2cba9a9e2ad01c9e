import type { Opcode } from '@nestwire/protocol';

/** A frame that waits for a message before it that is still being deflated. */
export interface WaitingFrame {
  readonly opcode: Opcode;
  readonly payload: string | Uint8Array;
  readonly bytes: number;
}

/** It has bytes of its own: the caller's are the caller's again. */
export function waitingFrame(opcode: Opcode, payload: string | Uint8Array): WaitingFrame {
  if (typeof payload === 'string') return { opcode, payload, bytes: Buffer.byteLength(payload) };
  return { opcode, payload: Buffer.from(payload), bytes: payload.length };
}
