import { applyMask, headerLengthFor, Opcode, readMaskingKey, RSV1_BIT, serializeFrameHeader } from '@nestwire/protocol';

const FIN_BIT = 0x80;

/** The same for all: a mask of zeros some servers would not take off. */
const MASKING_KEY = readMaskingKey(Buffer.of(0x37, 0xfa, 0x21, 0x3d), 0);

export interface FrameContents {
  readonly text: boolean;
  readonly compressed: boolean;
  readonly payload: Buffer;
}

/** A whole frame, as a client or as a server sends it. RFC 6455 §5.2. */
export function frameBytes({ text, compressed, payload }: FrameContents, masked: boolean): Buffer {
  const frame = Buffer.alloc(headerLengthFor(payload.length, masked) + payload.length);
  const firstByte = FIN_BIT | (compressed ? RSV1_BIT : 0) | (text ? Opcode.Text : Opcode.Binary);
  const start = serializeFrameHeader(frame, 0, firstByte, payload.length, masked ? MASKING_KEY : undefined);
  payload.copy(frame, start);
  if (masked) applyMask(frame, start, frame.length, MASKING_KEY);
  return frame;
}
