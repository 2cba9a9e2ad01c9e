import { FIN_BIT, headerLengthFor, Opcode, RSV1_BIT, serializeFrameHeader } from '@nestwire/protocol';
import type { MessageDeflater } from '../deflate/message-deflater.js';

/**
 * A message for many connections: its frame is built once, and deflated once for each set of parameters, and every socket is handed the
 * same bytes.
 *
 * ```ts
 * const message = new PreparedMessage('tick');
 * for (const connection of server.connections) connection.send(message);
 * ```
 */
export class PreparedMessage {
  /** @internal */
  readonly opcode: typeof Opcode.Text | typeof Opcode.Binary;
  /** @internal */
  readonly payload: Uint8Array;
  /** @internal The frame as a server sends it: not masked (RFC 6455 §5.1), not compressed. */
  readonly frame: Uint8Array;
  /** By the parameters that it was deflated with. */
  private readonly deflated = new Map<string, Uint8Array>();

  /**
   * @param message - a string as text, bytes as binary; they are copied.
   * @throws TypeError for anything else.
   */
  constructor(message: string | Uint8Array) {
    if (typeof message !== 'string' && !(message instanceof Uint8Array)) {
      throw new TypeError(`A message is a string or a Uint8Array, not ${typeof message}: encode it first`);
    }
    this.opcode = typeof message === 'string' ? Opcode.Text : Opcode.Binary;
    this.payload = Buffer.from(message);
    this.frame = buildFrame(FIN_BIT | this.opcode, this.payload);
  }

  /** What it takes without its frame, before it is deflated. */
  get byteLength(): number {
    return this.payload.length;
  }

  /**
   * @internal The frame as this deflater makes it, which looks back to no earlier message.
   * @returns `undefined` where that is no short work, or not the same for all.
   */
  deflatedFrame(deflater: MessageDeflater): Uint8Array | undefined {
    const { parameters } = deflater;
    if (parameters === undefined) return undefined;
    let frame = this.deflated.get(parameters);
    if (frame === undefined) {
      const payload = deflater.deflate(this.payload, true);
      if (payload === undefined) return undefined;
      frame = buildFrame(FIN_BIT | RSV1_BIT | this.opcode, payload);
      this.deflated.set(parameters, frame);
    }
    return frame;
  }
}

function buildFrame(firstByte: number, payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafeSlow(headerLengthFor(payload.length, false) + payload.length);
  frame.set(payload, serializeFrameHeader(frame, 0, firstByte, payload.length));
  return frame;
}
