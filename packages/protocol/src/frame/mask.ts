import { BLOCK_BYTES, maskBlocks } from './mask-blocks.js';

/** Below this, creating a word view costs more than it saves. */
export const WORDWISE_FROM_BYTES = 256;

/** Below this, copying a range forth and back costs more than vectors save. */
const BLOCKWISE_FROM_BYTES = 512;

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * A masking key as one number, its first octet in the lowest byte: what both loops below want. RFC 6455 §5.2.
 */
export function readMaskingKey(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}

/** The key as it applies from the payload's octet `position` on: octet i is masked by key octet i mod 4. §5.3 */
export function rotateMaskingKey(key: number, position: number): number {
  const bits = (position & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/**
 * Masks or unmasks `bytes[start, end)` in place: "transformed-octet-i = original-octet-i XOR masking-key-octet-j" (§5.3).
 *
 * @returns whether every byte is now ASCII, found on the way, so that short text needs no second pass.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  let i = start;
  let seen = 0;
  if (end - start >= BLOCKWISE_FROM_BYTES) {
    const blocksEnd = end - ((end - start) % BLOCK_BYTES);
    const ascii = maskBlocks(bytes, start, blocksEnd, key, bytes, start);
    if (ascii !== undefined) {
      if (!ascii) seen = 0x80;
      i = blocksEnd;
    }
  }
  if (end - i >= WORDWISE_FROM_BYTES && LITTLE_ENDIAN) {
    while (((bytes.byteOffset + i) & 3) !== 0) {
      seen |= bytes[i] = (bytes[i] as number) ^ (key & 0xff);
      key = rotateMaskingKey(key, 1);
      i++;
    }
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, (end - i) >>> 2);
    if ((maskWords(words, key) & 0x80808080) !== 0) seen |= 0x80;
    i += words.length << 2;
  }
  const k0 = key & 0xff;
  const k1 = (key >>> 8) & 0xff;
  const k2 = (key >>> 16) & 0xff;
  const k3 = key >>> 24;
  for (; i + 3 < end; i += 4) {
    const b0 = (bytes[i] as number) ^ k0;
    const b1 = (bytes[i + 1] as number) ^ k1;
    const b2 = (bytes[i + 2] as number) ^ k2;
    const b3 = (bytes[i + 3] as number) ^ k3;
    bytes[i] = b0;
    bytes[i + 1] = b1;
    bytes[i + 2] = b2;
    bytes[i + 3] = b3;
    seen |= b0 | b1 | b2 | b3;
  }
  if (i < end) seen |= bytes[i] = (bytes[i] as number) ^ k0;
  if (i + 1 < end) seen |= bytes[i + 1] = (bytes[i + 1] as number) ^ k1;
  if (i + 2 < end) seen |= bytes[i + 2] = (bytes[i + 2] as number) ^ k2;
  return (seen & 0x80) === 0;
}

/** Copies `source[start, end)` to `target`, from `at` on, and masks or unmasks it on the way. */
export function copyMasked(
  source: Uint8Array,
  start: number,
  end: number,
  key: number,
  target: Uint8Array,
  at: number,
): void {
  if (key !== 0 && end - start >= BLOCKWISE_FROM_BYTES) {
    const blocksEnd = end - ((end - start) % BLOCK_BYTES);
    if (maskBlocks(source, start, blocksEnd, key, target, at) !== undefined) {
      at += blocksEnd - start;
      start = blocksEnd;
    }
  }
  target.set(source.subarray(start, end), at);
  if (key !== 0) applyMask(target, at, at + end - start, key);
}

/**
 * {@link applyMask} for short ranges in a chunk that has many of them: one view for all, which need not be aligned.
 */
export function applyMaskThrough(view: DataView, start: number, end: number, key: number): boolean {
  let i = start;
  let seen = 0;
  for (; i + 7 < end; i += 8) {
    const word = view.getInt32(i, true) ^ key;
    const next = view.getInt32(i + 4, true) ^ key;
    view.setInt32(i, word, true);
    view.setInt32(i + 4, next, true);
    seen |= word | next;
  }
  for (; i + 3 < end; i += 4) {
    const word = view.getInt32(i, true) ^ key;
    view.setInt32(i, word, true);
    seen |= word;
  }
  for (; i < end; i++) {
    const byte = view.getUint8(i) ^ (key & 0xff);
    view.setUint8(i, byte);
    seen |= byte;
    key >>>= 8;
  }
  return (seen & 0x80808080) === 0;
}

/**
 * Four words a turn: so it takes three quarters of the time of one a turn.
 *
 * @returns all bits that are set in any of the words afterwards.
 */
function maskWords(words: Int32Array, key: number): number {
  const count = words.length;
  let seen = 0;
  let w = 0;
  for (; w + 3 < count; w += 4) {
    const w0 = (words[w] as number) ^ key;
    const w1 = (words[w + 1] as number) ^ key;
    const w2 = (words[w + 2] as number) ^ key;
    const w3 = (words[w + 3] as number) ^ key;
    words[w] = w0;
    words[w + 1] = w1;
    words[w + 2] = w2;
    words[w + 3] = w3;
    seen |= w0 | w1 | w2 | w3;
  }
  for (; w < count; w++) seen |= words[w] = (words[w] as number) ^ key;
  return seen;
}

/** Whether `bytes[start, end)` is ASCII: the question of {@link applyMask} where there is no mask. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let i = start; i < end; i++) seen |= bytes[i] as number;
  return (seen & 0x80) === 0;
}
