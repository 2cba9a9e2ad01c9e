import { FIN_BIT, headerLengthFor, LENGTH_16, LENGTH_64, MASK_BIT, MASKING_KEY_BYTES } from './frame-header.js';
import { applyMask } from './mask.js';
import type { Opcode } from '../opcode.js';

/** What a frame's header says, besides the length of its payload. RFC 6455 §5.2. */
export interface FrameHeader {
  readonly opcode: Opcode;
  /** Whether this is the message's last fragment. */
  readonly fin: boolean;
  /** Present on every frame from a client, absent on every frame from a server (§5.1). */
  readonly maskingKey?: number;
}

/**
 * Writes a frame's header at `out[offset]`, in the shortest of the three length forms: "the minimal number of bytes MUST
 * be used to encode the length" (§5.2). The caller has made room for {@link headerLengthFor} bytes.
 *
 * @returns the offset behind the header.
 */
export function serializeFrameHeader(
  out: Uint8Array,
  offset: number,
  firstByte: number,
  payloadLength: number,
  maskingKey?: number,
): number {
  const maskBit = maskingKey === undefined ? 0 : MASK_BIT;
  out[offset++] = firstByte;
  if (payloadLength < LENGTH_16) {
    out[offset++] = maskBit | payloadLength;
  } else if (payloadLength <= 0xffff) {
    out[offset++] = maskBit | LENGTH_16;
    out[offset++] = payloadLength >>> 8;
    out[offset++] = payloadLength;
  } else {
    out[offset++] = maskBit | LENGTH_64;
    offset = writeUint32(out, offset, Math.floor(payloadLength / 0x1_0000_0000));
    offset = writeUint32(out, offset, payloadLength);
  }
  if (maskingKey !== undefined) {
    for (let i = 0; i < MASKING_KEY_BYTES; i++) out[offset++] = maskingKey >>> (i << 3);
  }
  return offset;
}

/** A whole frame in bytes of its own. A mask goes over the copy, never over the caller's `payload`. */
export function serializeFrame(header: FrameHeader, payload: Uint8Array): Uint8Array {
  const { opcode, fin, maskingKey } = header;
  const out = new Uint8Array(headerLengthFor(payload.length, maskingKey !== undefined) + payload.length);
  const start = serializeFrameHeader(out, 0, (fin ? FIN_BIT : 0) | opcode, payload.length, maskingKey);
  out.set(payload, start);
  if (maskingKey !== undefined) applyMask(out, start, out.length, maskingKey);
  return out;
}

function writeUint32(out: Uint8Array, offset: number, value: number): number {
  out[offset++] = value >>> 24;
  out[offset++] = value >>> 16;
  out[offset++] = value >>> 8;
  out[offset++] = value;
  return offset;
}
