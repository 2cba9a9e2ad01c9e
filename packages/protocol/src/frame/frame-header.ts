/** The header of a frame, as it stands on the wire. RFC 6455 §5.2. */

export const FIN_BIT = 0x80;
export const RSV1_BIT = 0x40;
export const RSV_BITS = 0x70;
export const OPCODE_BITS = 0x0f;
export const MASK_BIT = 0x80;
export const LENGTH_BITS = 0x7f;

/** The 7-bit length that says: the next 2 bytes are the length. */
export const LENGTH_16 = 126;
/** The 7-bit length that says: the next 8 bytes are the length. */
export const LENGTH_64 = 127;

/** The longest header: 2 bytes, a 64-bit length, a masking key. */
export const MAX_HEADER_BYTES = 14;

export const MASKING_KEY_BYTES = 4;

/** The length of the header that begins with these two bytes is known from the second. */
export function headerLengthOf(secondByte: number): number {
  const length = secondByte & LENGTH_BITS;
  const extended = length === LENGTH_64 ? 8 : length === LENGTH_16 ? 2 : 0;
  return 2 + extended + ((secondByte & MASK_BIT) === 0 ? 0 : MASKING_KEY_BYTES);
}

/** The length of the header of a frame to be sent with this payload. */
export function headerLengthFor(payloadLength: number, masked: boolean): number {
  const extended = payloadLength > 0xffff ? 8 : payloadLength >= LENGTH_16 ? 2 : 0;
  return 2 + extended + (masked ? MASKING_KEY_BYTES : 0);
}
