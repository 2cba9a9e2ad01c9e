import { isUtf8 } from 'node:buffer';

/** A character has four bytes at most; the key of fewer is unique with their count in front. */
function keyOf(bytes: Uint8Array): number {
  return bytes.reduce((key, byte) => key * 256 + byte, bytes.length);
}

/**
 * All that a character of more than one byte can begin with, taken from the characters themselves: an answer that owes
 * nothing to any validator's table. 64 neighbours differ in their last byte alone.
 */
const BEGINNINGS: ReadonlySet<number> = new Set(
  (function* () {
    for (let codePoint = 0x80; codePoint <= 0x10ffff; codePoint += 64) {
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
      const bytes = Buffer.from(String.fromCodePoint(codePoint));
      for (let length = 1; length < bytes.length; length++) yield keyOf(bytes.subarray(0, length));
    }
  })(),
);

/**
 * The index of the first byte that can't be right, whatever follows; the text's length where it merely ends within a
 * character; `undefined` for valid UTF-8. RFC 3629.
 */
export function firstWrongByte(bytes: Uint8Array): number | undefined {
  let start = 0;
  for (let i = 0; i < bytes.length; i++) {
    const character = bytes.subarray(start, i + 1);
    if (isUtf8(character)) start = i + 1;
    else if (!BEGINNINGS.has(keyOf(character))) return i;
  }
  return start === bytes.length ? undefined : bytes.length;
}
