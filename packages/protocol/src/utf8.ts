/**
 * UTF-8 validation that can stop and go on between any two bytes, and that fails on the first byte that can't be right
 * (RFC 6455 §8.1, RFC 3629). After Björn Höhrmann's "Flexible and Economical UTF-8 Decoder": a byte has one of twelve
 * classes, and state and class give the next state. Overlong forms, surrogates and values past U+10FFFF are not in the
 * table, so that they are refused at the byte that makes them so.
 */

/** The state between two whole characters; a valid text begins and ends in it. */
export const UTF8_ACCEPT = 0;

/** The state that no byte leads out of. */
export const UTF8_REJECT = 12;

const CLASS_OF_BYTE = new Uint8Array(256);
for (const [first, last, byteClass] of [
  [0x80, 0x8f, 1],
  [0x90, 0x9f, 9],
  [0xa0, 0xbf, 7],
  [0xc0, 0xc1, 8],
  [0xc2, 0xdf, 2],
  [0xe0, 0xe0, 10],
  [0xe1, 0xec, 3],
  [0xed, 0xed, 4],
  [0xee, 0xef, 3],
  [0xf0, 0xf0, 11],
  [0xf1, 0xf3, 6],
  [0xf4, 0xf4, 5],
  [0xf5, 0xff, 8],
] as const) {
  CLASS_OF_BYTE.fill(byteClass, first, last + 1);
}

// prettier-ignore
const NEXT_STATE = Uint8Array.of(
//  0   1   2   3   4   5   6   7   8   9  10  11
    0, 12, 24, 36, 60, 96, 84, 12, 12, 12, 48, 72, // 0: between characters
   12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, // 12: rejected
   12,  0, 12, 12, 12, 12, 12,  0, 12,  0, 12, 12, // 24: one more byte
   12, 24, 12, 12, 12, 12, 12, 24, 12, 24, 12, 12, // 36: two more
   12, 12, 12, 12, 12, 12, 12, 24, 12, 12, 12, 12, // 48: after E0, the next from A0
   12, 24, 12, 12, 12, 12, 12, 12, 12, 24, 12, 12, // 60: after ED, the next up to 9F
   12, 12, 12, 12, 12, 12, 12, 36, 12, 36, 12, 12, // 72: after F0, the next from 90
   12, 36, 12, 12, 12, 12, 12, 36, 12, 36, 12, 12, // 84: three more
   12, 36, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, // 96: after F4, the next up to 8F
);

/**
 * Takes the validation on over `bytes[start, end)`.
 *
 * @returns the state after them: {@link UTF8_ACCEPT} at the end of a character, {@link UTF8_REJECT} once a byte was
 * wrong, any other in the middle of a character.
 */
export function advanceUtf8(state: number, bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x80 && state === UTF8_ACCEPT) continue;
    state = NEXT_STATE[state + (CLASS_OF_BYTE[byte] as number)] as number;
    if (state === UTF8_REJECT) return UTF8_REJECT;
  }
  return state;
}

/** Whether `bytes[start, end)` is UTF-8 from beginning to end. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  return advanceUtf8(UTF8_ACCEPT, bytes, start, end) === UTF8_ACCEPT;
}
