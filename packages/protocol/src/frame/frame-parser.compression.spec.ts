import { describe, expect, it } from '@jest/globals';
import { FrameParser } from './frame-parser.js';
import type { FrameSink } from './frame-sink.js';
import { Role } from '../role.js';
import { Violation } from '../violation.js';

/** A client's parser: frames need no mask. */
function parse(literal: string, options = {}): unknown[] {
  const calls: unknown[] = [];
  const text = (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.slice(start, end)).toString('hex');
  const sink: FrameSink = {
    onMessage: (opcode, bytes, start, end) => calls.push(['message', opcode, text(bytes, start, end)]),
    onCompressedMessage: (opcode, bytes, start, end) => calls.push(['compressed', opcode, text(bytes, start, end)]),
    onPing: () => calls.push(['ping']),
    onPong: () => calls.push(['pong']),
    onClose: (code) => calls.push(['close', code]),
    onViolation: (violation) => calls.push(['violation', violation]),
  };
  const parser = new FrameParser(sink, { role: Role.Client, compression: true, ...options });
  parser.parse(new Uint8Array(Buffer.from(literal.replace(/ /g, ''), 'hex')));
  return calls;
}

describe('RSV1 with permessage-deflate (RFC 7692 §6, §7.2.3)', () => {
  it.each([
    ['the "Hello" of §7.2.3.1', 'c1 07 f2 48 cd c9 c9 07 00', [['compressed', 1, 'f248cdc9c90700']]],
    ['in two fragments, RSV1 on the first', '41 03 f2 48 cd 80 04 c9 c9 07 00', [['compressed', 1, 'f248cdc9c90700']]],
    [
      'with a ping between fragments',
      '41 03 f2 48 cd 89 00 80 04 c9 c9 07 00',
      [['ping'], ['compressed', 1, 'f248cdc9c90700']],
    ],
    [
      'uncompressed beside compressed',
      '81 01 61 c2 01 00 82 01 62',
      [
        ['message', 1, '61'],
        ['compressed', 2, '00'],
        ['message', 2, '62'],
      ],
    ],
    ['what is no UTF-8 before it is inflated', 'c1 02 ff ff', [['compressed', 1, 'ffff']]],
  ])('reports %s', (_, bytes, calls) => {
    expect(parse(bytes)).toEqual(calls);
  });

  it.each([
    ['on a continuation', '41 01 00 c0 01 00'],
    ['on a ping', 'c9 00'],
    ['on a pong', 'ca 00'],
    ['on a close', 'c8 00'],
    ['beside RSV2', 'e1 01 00'],
    ['beside RSV3', 'd1 01 00'],
  ])('is a violation %s', (_, bytes) => {
    expect(parse(bytes)).toEqual([['violation', Violation.ReservedBits]]);
  });

  it('is a violation where nothing was agreed upon', () => {
    expect(parse('c1 01 00', { compression: false })).toEqual([['violation', Violation.ReservedBits]]);
  });

  it('leaves room for what can not be compressed, and not for more', () => {
    const options = { maxMessageBytes: 8000 };
    const header = (length: number): string => `c2 7e ${length.toString(16).padStart(4, '0')}`;
    expect(parse(header(10024), options)).toEqual([]);
    expect(parse(header(10025), options)).toEqual([['violation', Violation.MessageTooBig]]);
  });
});
