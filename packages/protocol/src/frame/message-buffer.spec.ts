import { describe, expect, it } from '@jest/globals';
import { bytes, hex, mask } from '@nestwire/test-support';
import { readMaskingKey, rotateMaskingKey } from './mask.js';
import { MessageBuffer } from './message-buffer.js';

const KIB = 1024;
const GIB = 1024 * 1024 * KIB;
const KEY = bytes('a0 fe 8b 23');

/** An allocator that notes what it was asked for. */
function noting(): { sizes: number[]; allocate: (size: number) => Uint8Array } {
  const sizes: number[] = [];
  return {
    sizes,
    allocate: (size) => {
      sizes.push(size);
      return new Uint8Array(size);
    },
  };
}

/** Appends so many bytes in a chunk of their own. */
function append(buffer: MessageBuffer, length: number, ceiling: number): void {
  buffer.append(new Uint8Array(length), 0, length, ceiling, 0);
}

function joined(buffer: MessageBuffer): Uint8Array {
  return buffer.join().subarray(0, buffer.length);
}

describe('Message buffer (RFC 6455 §5.4, §10.4)', () => {
  it('puts pieces together', () => {
    const buffer = new MessageBuffer(noting().allocate, 3);
    buffer.append(bytes('ff 01 02 ff'), 1, 3, 100, 0);
    buffer.append(bytes('03'), 0, 1, 100, 0);
    buffer.append(bytes(''), 0, 0, 100, 0);
    buffer.append(bytes('04 05'), 0, 2, 100, 0);
    expect(buffer.length).toBe(5);
    expect(hex(joined(buffer))).toBe('01 02 03 04 05');
  });

  it('reserves what was announced, where that is little', () => {
    const { sizes, allocate } = noting();
    const buffer = new MessageBuffer(allocate, 1000);
    append(buffer, 10, 1000);
    append(buffer, 990, 1000);
    expect(sizes).toEqual([1000]);
  });

  it('reserves nothing of a gigabyte that was announced, and 64 KiB once a byte of it has come', () => {
    const { sizes, allocate } = noting();
    const buffer = new MessageBuffer(allocate, GIB);
    append(buffer, 0, GIB);
    expect(buffer.reserved).toBe(0);
    append(buffer, 1, GIB);
    expect(buffer.reserved).toBe(64 * KIB);
    expect(sizes).toEqual([64 * KIB]);
  });

  it('grows by doubling what has come in small pieces, never past the ceiling', () => {
    const { sizes, allocate } = noting();
    const ceiling = 300 * KIB;
    const buffer = new MessageBuffer(allocate, ceiling);
    for (let i = 0; i < 300; i++) append(buffer, KIB, ceiling);
    expect(sizes).toEqual([64 * KIB, 130 * KIB, 262 * KIB, 300 * KIB]);
    expect(buffer.length).toBe(ceiling);
  });

  it('grows from nothing', () => {
    const buffer = new MessageBuffer(noting().allocate, 0);
    append(buffer, 0, 10);
    buffer.append(bytes('0a'), 0, 1, 10, 0);
    expect(hex(joined(buffer))).toBe('0a');
  });

  it('is empty where nothing came', () => {
    expect(new MessageBuffer(noting().allocate, 0).join()).toHaveLength(0);
  });

  it('keeps large pieces where they are, until half of the message is there and may have room for all', () => {
    const { sizes, allocate } = noting();
    const ceiling = 1024 * KIB;
    const buffer = new MessageBuffer(allocate, ceiling);
    for (let i = 1; i < 8; i++) {
      append(buffer, 64 * KIB, ceiling);
      expect(buffer.reserved).toBe(i * 64 * KIB);
    }
    expect(sizes).toEqual([]);
    for (let i = 8; i <= 16; i++) {
      append(buffer, 64 * KIB, ceiling);
      expect(buffer.reserved).toBe(ceiling);
    }
    expect(sizes).toEqual([ceiling]);
  });

  it('keeps no chunk of which the piece is less than half', () => {
    const { sizes, allocate } = noting();
    const buffer = new MessageBuffer(allocate, GIB);
    buffer.append(new Uint8Array(64 * KIB), 0, 32 * KIB - 1, GIB, 0);
    expect(sizes).toEqual([64 * KIB]);
    buffer.append(new Uint8Array(128 * KIB), 0, 64 * KIB, GIB, 0);
    expect(sizes).toEqual([64 * KIB]);
    expect(buffer.reserved).toBe((64 + 128) * KIB);
  });

  it('keeps no short pieces', () => {
    const buffer = new MessageBuffer(noting().allocate, GIB);
    for (let i = 0; i < 4; i++) append(buffer, 16 * KIB - 1, GIB);
    expect(buffer.reserved).toBe(64 * KIB);
    append(buffer, 16 * KIB, GIB);
    expect(buffer.reserved).toBe((64 + 16) * KIB);
  });

  it('never holds more than 64 KiB, or twice of what has come', () => {
    const buffer = new MessageBuffer(noting().allocate, GIB);
    for (let i = 0; i < 500; i++) {
      append(buffer, (i * 7919) % (40 * KIB), GIB);
      expect(buffer.reserved).toBeLessThanOrEqual(Math.max(64 * KIB, 2 * buffer.length));
    }
  });

  it('is the message, whatever was kept, copied or masked of it', () => {
    const key = readMaskingKey(KEY, 0);
    const plain = new Uint8Array(700 * KIB + 3).map((_, i) => i * 31 + (i >>> 8));
    const masked = mask(plain, KEY);
    for (const lengths of [[64 * KIB], [17 * KIB + 1], [40 * KIB + 2, 3, 20 * KIB], [5, 100 * KIB], [1460]]) {
      for (const ceiling of [plain.length, GIB]) {
        const buffer = new MessageBuffer(noting().allocate, plain.length);
        for (let at = 0, i = 0; at < plain.length; i++) {
          const end = Math.min(plain.length, at + (lengths[i % lengths.length] ?? 0));
          // Every third came without a mask.
          if (i % 3 === 0) buffer.append(plain.slice(at, end), 0, end - at, ceiling, 0);
          else buffer.append(masked.slice(at, end), 0, end - at, ceiling, rotateMaskingKey(key, at));
          at = end;
        }
        expect(Buffer.compare(joined(buffer), plain)).toBe(0);
      }
    }
  });
});
