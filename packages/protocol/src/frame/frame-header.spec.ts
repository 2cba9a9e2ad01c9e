import { describe, expect, it } from '@jest/globals';
import { headerLengthFor, headerLengthOf, MAX_HEADER_BYTES } from './frame-header.js';

describe('Length of a frame header (RFC 6455 §5.2)', () => {
  it('is known from the second byte', () => {
    for (let length = 0; length <= 125; length++) {
      expect(headerLengthOf(length)).toBe(2);
      expect(headerLengthOf(0x80 | length)).toBe(6);
    }
    expect(headerLengthOf(0x7e)).toBe(4);
    expect(headerLengthOf(0xfe)).toBe(8);
    expect(headerLengthOf(0x7f)).toBe(10);
    expect(headerLengthOf(0xff)).toBe(14);
  });

  it.each([
    [0, 2],
    [1, 2],
    [125, 2],
    [126, 4],
    [127, 4],
    [65_535, 4],
    [65_536, 10],
    [2 ** 32, 10],
    [Number.MAX_SAFE_INTEGER, 10],
  ])('of a payload of %i bytes is %i, and four more with a mask', (payloadLength, headerLength) => {
    expect(headerLengthFor(payloadLength, false)).toBe(headerLength);
    expect(headerLengthFor(payloadLength, true)).toBe(headerLength + 4);
  });

  it('is 14 at most', () => {
    expect(MAX_HEADER_BYTES).toBe(14);
  });
});
