import { describe, expect, it } from '@jest/globals';
import { mask } from '@nestwire/test-support';
import { loadBlockMasker, maskBlocks, webAssembly } from './mask-blocks.js';
import { readMaskingKey } from './mask.js';

const KEY = Uint8Array.of(0xa0, 0xfe, 0x8b, 0x23);
const BLOCK = 64;
const PIECE = 16_384;

describe('Masking in blocks', () => {
  it.each([1, 2, 7, 255, 256, 257, 513])('is the plain loop over %i blocks, and touches nothing else', (blocks) => {
    const length = blocks * BLOCK;
    const storage = Uint8Array.from({ length: length + 2 * BLOCK }, (_, i) => i * 7);
    const expected = storage.slice();
    expected.set(mask(storage.slice(5, 5 + length), KEY), 5);
    expect(maskBlocks(storage, 5, 5 + length, readMaskingKey(KEY, 0), storage, 5)).toBe(false);
    expect(Buffer.compare(storage, expected)).toBe(0);
  });

  it('finds the one byte that is not ASCII, in any piece', () => {
    for (const at of [0, 1, 15, 16, 63, 64, PIECE - 1, PIECE, PIECE + BLOCK - 1]) {
      const storage = new Uint8Array(PIECE + BLOCK).fill(0x41);
      expect(maskBlocks(storage, 0, storage.length, 0x01020304, storage, 0)).toBe(true);
      storage[at] = 0x80;
      expect(maskBlocks(storage, 0, storage.length, 0x01020304, storage, 0)).toBe(false);
    }
  });

  it('is left to others where there is no WebAssembly, or none with vectors', () => {
    class TooOld {
      readonly exports = {};
      constructor() {
        throw new Error('Wasm SIMD unsupported');
      }
    }
    expect(loadBlockMasker(undefined)).toBeUndefined();
    expect(loadBlockMasker({ Module: TooOld, Instance: TooOld })).toBeUndefined();
    expect(loadBlockMasker(webAssembly)?.mask(0, BLOCK, 0)).toBe(0);
  });
});
