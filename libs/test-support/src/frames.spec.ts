import { describe, expect, it } from '@jest/globals';
import { Role } from '@nestwire/protocol';
import { buildFrame, frameFor, MASKING_KEY } from './frames.js';
import { bytes, hex } from './hex.js';

describe('Built frames', () => {
  it.each([
    ['81 05 48 65 6c 6c 6f', { opcode: 1, payload: 'Hello' }],
    ['81 85 37 fa 21 3d 7f 9f 4d 51 58', { opcode: 1, payload: 'Hello', maskingKey: MASKING_KEY }],
    ['01 03 48 65 6c', { opcode: 1, payload: 'Hel', fin: false }],
    ['8a 85 37 fa 21 3d 7f 9f 4d 51 58', { opcode: 10, payload: 'Hello', maskingKey: MASKING_KEY }],
    ['82 7e 01 00', { opcode: 2, announced: 256n }],
    ['82 7f 00 00 00 00 00 01 00 00', { opcode: 2, announced: 65_536n }],
    ['82 7f 80 00 00 00 00 00 00 00', { opcode: 2, announced: 1n << 63n }],
    ['82 7e 00 01 ff', { opcode: 2, lengthBits: 16 as const, payload: bytes('ff') }],
    ['c1 00', { opcode: 1, rsv: 4 }],
    ['93 00', { opcode: 3, rsv: 1 }],
  ])('are %s (RFC 6455 §5.2, §5.7)', (wire, parts) => {
    expect(hex(buildFrame(parts))).toBe(wire);
  });

  it('are masked for servers only', () => {
    expect(hex(frameFor(Role.Server, { opcode: 9 }))).toBe(`89 80 ${MASKING_KEY}`);
    expect(hex(frameFor(Role.Client, { opcode: 9 }))).toBe('89 00');
  });
});

describe('Hex literals', () => {
  it('are read with white space anywhere, and written by twos', () => {
    expect([...bytes(' 00 0fFF\n7 f ')]).toEqual([0x00, 0x0f, 0xff, 0x7f]);
    expect(hex(bytes('000fff7f'))).toBe('00 0f ff 7f');
    expect(hex(bytes(''))).toBe('');
  });

  it.each(['0', '0g', '0x00', '00-11'])('are nothing else: %s', (literal) => {
    expect(() => bytes(literal)).toThrow(TypeError);
  });
});
