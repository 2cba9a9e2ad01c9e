import { describe, expect, it } from '@jest/globals';
import { bytes, hex } from '@nestwire/test-support';
import { MessageBuffer } from './message-buffer.js';

const KIB = 1024;
const GIB = 1024 * 1024 * KIB;

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

describe('Message buffer (RFC 6455 §5.4, §10.4)', () => {
  it('puts pieces together', () => {
    const buffer = new MessageBuffer(noting().allocate, 3);
    buffer.append(bytes('ff 01 02 ff'), 1, 3, 100);
    buffer.append(bytes('03'), 0, 1, 100);
    buffer.append(bytes(''), 0, 0, 100);
    buffer.append(bytes('04 05'), 0, 2, 100);
    expect(buffer.length).toBe(5);
    expect(hex(buffer.view.subarray(0, buffer.length))).toBe('01 02 03 04 05');
  });

  it('reserves what was announced, where that is little', () => {
    const { sizes, allocate } = noting();
    const buffer = new MessageBuffer(allocate, 1000);
    buffer.append(new Uint8Array(1000), 0, 1000, 1000);
    expect(sizes).toEqual([1000]);
  });

  it('reserves 64 KiB of a gigabyte that was announced', () => {
    const { sizes, allocate } = noting();
    new MessageBuffer(allocate, GIB);
    expect(sizes).toEqual([64 * KIB]);
  });

  it('grows by doubling, never past the ceiling', () => {
    const { sizes, allocate } = noting();
    const ceiling = 300 * KIB;
    const buffer = new MessageBuffer(allocate, ceiling);
    for (let i = 0; i < 300; i++) buffer.append(new Uint8Array(KIB), 0, KIB, ceiling);
    expect(sizes).toEqual([64 * KIB, 128 * KIB, 256 * KIB, 300 * KIB]);
    expect(buffer.length).toBe(ceiling);
  });

  it('grows from nothing', () => {
    const buffer = new MessageBuffer(noting().allocate, 0);
    buffer.append(bytes(''), 0, 0, 10);
    buffer.append(bytes('0a'), 0, 1, 10);
    expect(hex(buffer.view.subarray(0, buffer.length))).toBe('0a');
  });
});
