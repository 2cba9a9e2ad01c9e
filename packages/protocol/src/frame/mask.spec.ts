import { describe, expect, it } from '@jest/globals';
import { bytes, hex, mask } from '@nestwire/test-support';
import { applyMask, copyMasked, isAscii, readMaskingKey, rotateMaskingKey } from './mask.js';

const KEY = bytes('a0 fe 8b 23');
const SENTINEL = 0xee;
const AROUND = 8;

/** Payloads on both sides of where words and blocks take over, and of their remainders. */
const LENGTHS = [
  0, 1, 2, 3, 4, 5, 7, 8, 15, 125, 126, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 263, 511, 512, 513, 514, 515,
  575, 576, 1023, 65_535, 65_536, 65_599, 65_600, 131_073,
];

/** `length` bytes of every value, or ASCII only, in the middle of sentinels, at an alignment of its own. */
function surrounded(length: number, alignment: number, ascii: boolean): Uint8Array {
  const storage = new Uint8Array(new ArrayBuffer(AROUND + length + 2 * AROUND), alignment, length + 2 * AROUND);
  storage.fill(SENTINEL);
  for (let i = 0; i < length; i++) storage[AROUND + i] = ascii ? (i * 7) & 0x7f : (i * 7) & 0xff;
  return storage;
}

describe('Masking (RFC 6455 §5.3)', () => {
  it("masks and unmasks the RFC's example (§5.7)", () => {
    const payload = bytes('48 65 6c 6c 6f');
    const key = readMaskingKey(bytes('37 fa 21 3d'), 0);
    applyMask(payload, 0, 5, key);
    expect(hex(payload)).toBe('7f 9f 4d 51 58');
    applyMask(payload, 0, 5, key);
    expect(hex(payload)).toBe('48 65 6c 6c 6f');
  });

  it('reads a key anywhere, its first octet lowest', () => {
    expect(readMaskingKey(bytes('00 00 a0 fe 8b 23 00'), 2) >>> 0).toBe(0x238bfea0);
  });

  it.each([0, 1, 2, 3])('is the plain loop at every length, at an alignment of %i', (alignment) => {
    for (const length of LENGTHS) {
      for (let start = AROUND; start < AROUND + 4; start++) {
        const storage = surrounded(length, alignment, false);
        const expected = storage.slice();
        expected.set(mask(expected.slice(start, start + length), KEY), start);
        applyMask(storage, start, start + length, readMaskingKey(KEY, 0));
        expect(Buffer.compare(storage, expected)).toBe(0);
      }
    }
  });

  it('may be done on the way to another place, and leaves what is copied as it is', () => {
    for (const length of LENGTHS) {
      const source = surrounded(length, 1, false);
      const before = source.slice();
      for (const key of [KEY, bytes('00 00 00 00')]) {
        const target = new Uint8Array(length + 7).fill(SENTINEL);
        const expected = target.slice();
        expected.set(mask(source.slice(AROUND, AROUND + length), key), 3);
        copyMasked(source, AROUND, AROUND + length, readMaskingKey(key, 0), target, 3);
        expect(Buffer.compare(target, expected)).toBe(0);
        expect(Buffer.compare(source, before)).toBe(0);
      }
    }
  });

  it('may be done in pieces, with the key turned to where each begins', () => {
    const key = readMaskingKey(KEY, 0);
    const expected = mask(surrounded(600, 0, false), KEY);
    for (let at = 0; at <= 600; at++) {
      const payload = surrounded(600, 0, false);
      applyMask(payload, 0, at, key);
      applyMask(payload, at, payload.length, rotateMaskingKey(key, at));
      expect(Buffer.compare(payload, expected)).toBe(0);
    }
  });

  it('keeps the position in a payload of more than 2 GiB', () => {
    const key = readMaskingKey(KEY, 0);
    for (const position of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 3, Number.MAX_SAFE_INTEGER]) {
      expect(rotateMaskingKey(key, position)).toBe(rotateMaskingKey(key, position % 4));
    }
  });

  it.each([5, 255, 256, 257, 512, 1023])('says of %i bytes whether the unmasked ones are ASCII', (length) => {
    for (const alignment of [0, 1, 2, 3]) {
      const masked = () => {
        const storage = surrounded(length, alignment, true);
        storage.set(mask(storage.slice(AROUND, AROUND + length), KEY), AROUND);
        return storage;
      };
      const key = readMaskingKey(KEY, 0);
      expect(applyMask(masked(), AROUND, AROUND + length, key)).toBe(true);
      for (let i = 0; i < length; i++) {
        const storage = masked();
        storage[AROUND + i] = (storage[AROUND + i] ?? 0) ^ 0x80;
        expect(applyMask(storage, AROUND, AROUND + length, key)).toBe(false);
      }
    }
  });

  it('says of plain bytes whether they are ASCII, in the range only', () => {
    const payload = bytes('ff 00 41 7f 80');
    expect(isAscii(payload, 1, 4)).toBe(true);
    expect(isAscii(payload, 1, 5)).toBe(false);
    expect(isAscii(payload, 0, 4)).toBe(false);
    expect(isAscii(payload, 0, 0)).toBe(true);
  });
});
