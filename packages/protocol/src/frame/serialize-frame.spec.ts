import { describe, expect, it } from '@jest/globals';
import { buildFrame, bytes, hex, utf8 } from '@nestwire/test-support';
import { FIN_BIT, headerLengthFor, MAX_HEADER_BYTES } from './frame-header.js';
import { readMaskingKey } from './mask.js';
import { serializeFrame, serializeFrameHeader } from './serialize-frame.js';
import { Opcode } from '../opcode.js';

const KEY = readMaskingKey(bytes('37 fa 21 3d'), 0);

const NOTES_TEXT = JSON.stringify({ userId: 10001, code: 1001, data: {} }, null, 4);

describe('Serializing frames (RFC 6455 §5.2)', () => {
  describe('examples of §5.7', () => {
    it.each([
      ['a text message', { opcode: Opcode.Text, fin: true }, 'Hello', '81 05 48 65 6c 6c 6f'],
      [
        'a masked text message',
        { opcode: Opcode.Text, fin: true, maskingKey: KEY },
        'Hello',
        '81 85 37 fa 21 3d 7f 9f 4d 51 58',
      ],
      ['a first fragment', { opcode: Opcode.Text, fin: false }, 'Hel', '01 03 48 65 6c'],
      ['a last fragment', { opcode: Opcode.Continuation, fin: true }, 'lo', '80 02 6c 6f'],
      ['a ping', { opcode: Opcode.Ping, fin: true }, 'Hello', '89 05 48 65 6c 6c 6f'],
      [
        'a masked pong',
        { opcode: Opcode.Pong, fin: true, maskingKey: KEY },
        'Hello',
        '8a 85 37 fa 21 3d 7f 9f 4d 51 58',
      ],
    ])('%s', (_name, header, text, wire) => {
      expect(hex(serializeFrame(header, utf8(text)))).toBe(wire);
    });

    it.each([
      ['256 bytes of binary', 256, '82 7e 01 00'],
      ['64 KiB of binary', 65_536, '82 7f 00 00 00 00 00 01 00 00'],
    ])('%s', (_name, length, header) => {
      const frame = serializeFrame({ opcode: Opcode.Binary, fin: true }, new Uint8Array(length));
      expect(hex(frame.subarray(0, -length))).toBe(header);
    });
  });

  it('writes the frame of the notes', () => {
    expect(utf8(NOTES_TEXT)).toHaveLength(57);
    const maskingKey = readMaskingKey(bytes('a0 fe 8b 23'), 0);
    expect(hex(serializeFrame({ opcode: Opcode.Text, fin: true, maskingKey }, utf8(NOTES_TEXT)))).toBe(
      '81 b9 a0 fe 8b 23 db f4 ab 03 80 de a9 56 d3 9b f9 6a c4 dc b1 03 91 ce bb 13 91 d2 81 03 80 de ' +
        'ab 01 c3 91 ef 46 82 c4 ab 12 90 ce ba 0f aa de ab 03 80 dc ef 42 d4 9f a9 19 80 85 f6 29 dd',
    );
  });

  it.each([
    [0, '82 00', '82 80'],
    [1, '82 01', '82 81'],
    [125, '82 7d', '82 fd'],
    [126, '82 7e 00 7e', '82 fe 00 7e'],
    [127, '82 7e 00 7f', '82 fe 00 7f'],
    [65_535, '82 7e ff ff', '82 fe ff ff'],
    [65_536, '82 7f 00 00 00 00 00 01 00 00', '82 ff 00 00 00 00 00 01 00 00'],
    [0x1_2345_6789, '82 7f 00 00 00 01 23 45 67 89', '82 ff 00 00 00 01 23 45 67 89'],
    [Number.MAX_SAFE_INTEGER, '82 7f 00 1f ff ff ff ff ff ff', '82 ff 00 1f ff ff ff ff ff ff'],
  ])('takes the fewest bytes for a length of %i', (length, plain, masked) => {
    const out = new Uint8Array(MAX_HEADER_BYTES);
    const end = serializeFrameHeader(out, 0, FIN_BIT | Opcode.Binary, length);
    expect(hex(out.subarray(0, end))).toBe(plain);
    expect(end).toBe(headerLengthFor(length, false));

    const maskedEnd = serializeFrameHeader(out, 0, FIN_BIT | Opcode.Binary, length, KEY);
    expect(hex(out.subarray(0, maskedEnd))).toBe(`${masked} 37 fa 21 3d`);
    expect(maskedEnd).toBe(headerLengthFor(length, true));
  });

  it('writes a header at an offset and nothing around it', () => {
    const out = new Uint8Array(10).fill(0xee);
    expect(serializeFrameHeader(out, 2, FIN_BIT | Opcode.Text, 5, KEY)).toBe(8);
    expect(hex(out)).toBe('ee ee 81 85 37 fa 21 3d ee ee');
  });

  it('writes a masking key of zeros as a masking key', () => {
    expect(hex(serializeFrame({ opcode: Opcode.Text, fin: true, maskingKey: 0 }, utf8('A')))).toBe(
      '81 81 00 00 00 00 41',
    );
  });

  it('masks a copy, never the caller’s payload (§5.3)', () => {
    const payload = new Uint8Array(600).map((_, i) => i);
    const before = payload.slice();
    const frame = serializeFrame({ opcode: Opcode.Binary, fin: true, maskingKey: KEY }, payload);
    expect(payload).toEqual(before);
    expect(hex(frame)).toBe(hex(buildFrame({ opcode: 2, payload: before, maskingKey: '37 fa 21 3d' })));
  });
});
