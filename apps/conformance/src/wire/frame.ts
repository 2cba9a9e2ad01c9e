/** A frame as this driver writes it: right or wrong in any way that a case wants. RFC 6455 §5.2. */
export interface Frame {
  readonly fin: boolean;
  /** RSV1–3 as one number, RSV1 its highest bit: 4, 2, 1. */
  readonly rsv: number;
  /** 0–15, reserved ones included. */
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** Whether the frame is masked as its sender's role demands (§5.1), or just not. */
  readonly masking: 'due' | 'wrong';
  /** The bits that the length takes: 7, 16 or 64; the least that will do, unless a case wants more. */
  readonly lengthBits: 7 | 16 | 64;
  /** What the header announces; the payload's length, unless a case lies or has yet to send the rest. */
  readonly announced: bigint;
}

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

export const RSV1 = 4;

const FIN_BIT = 0x80;
const MASK_BIT = 0x80;

type Shape = Partial<Omit<Frame, 'opcode' | 'payload'>>;

/** Text stands for its UTF-8. */
export function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

export function frame(opcode: number, payload: string | Uint8Array = '', shape: Shape = {}): Frame {
  const bytes = bytesOf(payload);
  const announced = shape.announced ?? BigInt(bytes.length);
  return {
    fin: true,
    rsv: 0,
    masking: 'due',
    lengthBits: announced > 0xffffn ? 64 : announced > 125n ? 16 : 7,
    ...shape,
    opcode,
    payload: bytes,
    announced,
  };
}

export const text = (payload: string | Uint8Array = '', shape?: Shape): Frame => frame(TEXT, payload, shape);
export const binary = (payload: Uint8Array, shape?: Shape): Frame => frame(BINARY, payload, shape);
export const continuation = (payload: string | Uint8Array = '', shape?: Shape): Frame =>
  frame(CONTINUATION, payload, shape);
export const ping = (payload: string | Uint8Array = '', shape?: Shape): Frame => frame(PING, payload, shape);
export const pong = (payload: string | Uint8Array = '', shape?: Shape): Frame => frame(PONG, payload, shape);

/** A close frame's body: a code in two octets, then a reason. §5.5.1 */
export function closeBody(code: number, reason: string | Uint8Array = ''): Uint8Array {
  return Buffer.concat([Buffer.of(code >>> 8, code & 0xff), bytesOf(reason)]);
}

export const close = (code: number, reason: string | Uint8Array = ''): Frame => frame(CLOSE, closeBody(code, reason));

/** Not the last fragment of its message. */
export const MORE: Shape = { fin: false };

/** Cuts a message into frames of `size` bytes, a last one of what remains; one frame where it fits. §5.4 */
export function fragments(opcode: number, payload: string | Uint8Array, size: number, rsv = 0): Frame[] {
  const bytes = bytesOf(payload);
  const frames: Frame[] = [];
  let at = 0;
  do {
    const piece = bytes.subarray(at, at + size);
    const first = at === 0;
    at += piece.length;
    frames.push(frame(first ? opcode : CONTINUATION, piece, { fin: at >= bytes.length, rsv: first ? rsv : 0 }));
  } while (at < bytes.length);
  return frames;
}

let nextKey = 0x9e3779b9;

/** Masking keys that differ from frame to frame and from octet to octet, and are the same in every run. */
function maskingKey(): Buffer {
  nextKey = (Math.imul(nextKey, 1664525) + 1013904223) >>> 0;
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(nextKey);
  return key;
}

/** The octets of a frame; `masks` is what the sender's role demands. */
export function serialize(given: Frame, masks: boolean): Buffer {
  const { fin, rsv, opcode, payload, lengthBits, announced } = given;
  const masked = given.masking === 'due' ? masks : !masks;
  const extended = lengthBits === 64 ? 8 : lengthBits === 16 ? 2 : 0;
  const headerLength = 2 + extended + (masked ? 4 : 0);
  const out = Buffer.allocUnsafe(headerLength + payload.length);
  out[0] = (fin ? FIN_BIT : 0) | (rsv << 4) | opcode;
  out[1] = (masked ? MASK_BIT : 0) | (lengthBits === 64 ? 127 : lengthBits === 16 ? 126 : Number(announced));
  if (lengthBits === 16) out.writeUInt16BE(Number(announced), 2);
  if (lengthBits === 64) out.writeBigUInt64BE(announced, 2);
  out.set(payload, headerLength);
  if (masked) {
    const key = maskingKey();
    out.set(key, headerLength - 4);
    for (let i = 0; i < payload.length; i++) {
      out[headerLength + i] = (payload[i] as number) ^ (key[i & 3] as number);
    }
  }
  return out;
}
