import { describe, expect, it } from '@jest/globals';
import {
  bytes,
  concat,
  frameFor,
  hex,
  oneByOne,
  parse,
  RecordingSink,
  type SinkCall,
  splitsOf,
  utf8,
} from '@nestwire/test-support';
import { FrameParser } from './frame-parser.js';
import { Role } from '../role.js';

const BINARY = new Uint8Array(300).map((_, i) => i * 31);

describe.each([Role.Server, Role.Client])('Chunks, as TCP delivers them to a %s (RFC 6455 §5)', (role) => {
  const frame = (opcode: number, payload: string | Uint8Array = '', fin = true) =>
    frameFor(role, { opcode, payload, fin });

  /** Every kind of frame, a text whose characters are cut by its fragments, and rubbish behind the close frame. */
  const wire = concat(
    frame(1, 'Hello'),
    frame(1),
    frame(2, BINARY),
    frame(1, bytes('ce ba e1'), false),
    frame(9, 'between'),
    frame(0, bytes('bd'), false),
    frame(0, '', false),
    frame(10),
    frame(0, bytes('b9 cf 83')),
    frame(9),
    frame(2, bytes('80'), false),
    frame(0, bytes('ff')),
    frame(8, concat(bytes('0f a0'), utf8('réason'))),
    bytes('ff ff 00'),
  );
  const calls: readonly SinkCall[] = [
    ['text', 'Hello'],
    ['text', ''],
    ['binary', hex(BINARY)],
    ['ping', hex(utf8('between'))],
    ['pong', ''],
    ['text', '\u03ba\u1f79\u03c3'],
    ['ping', ''],
    ['binary', '80 ff'],
    ['close', 4000, 'réason'],
  ];

  it('say the same to parsers that get them in turns, wherever the one is while the other goes on', () => {
    for (const lead of [1, 2, 3, 5, 7, 11, 13]) {
      const sinks = [new RecordingSink(), new RecordingSink()];
      const [first, second] = sinks.map((sink) => new FrameParser(sink, { role }));
      for (let at = 0; at < wire.length + lead; at++) {
        first?.parse(wire.slice(at, at + 1));
        if (at >= lead) second?.parse(wire.slice(at - lead, at - lead + 1));
      }
      for (const sink of sinks) expect(sink.calls).toEqual(calls);
    }
  });

  it('say the same in one piece', () => {
    expect(parse(role, [wire])).toEqual(calls);
  });

  it('say the same cut in two anywhere', () => {
    for (const pieces of splitsOf(wire)) expect(parse(role, pieces)).toEqual(calls);
  });

  it('say the same cut in three anywhere', () => {
    const short = concat(
      frame(1, bytes('ce'), false),
      frame(9, 'x'),
      frame(0, bytes('ba')),
      frame(2, bytes('01')),
      frame(8, bytes('03 e8')),
    );
    for (const [head = bytes(''), rest = bytes('')] of splitsOf(short)) {
      for (const pieces of splitsOf(rest)) {
        expect(parse(role, [head, ...pieces])).toEqual([
          ['ping', '78'],
          ['text', 'κ'],
          ['binary', '01'],
          ['close', 1000, ''],
        ]);
      }
    }
  });

  it('say the same byte by byte, and with empty chunks between', () => {
    expect(parse(role, oneByOne(wire))).toEqual(calls);
    expect(
      parse(
        role,
        oneByOne(wire).flatMap((byte) => [byte, bytes('')]),
      ),
    ).toEqual(calls);
  });

  it.each([126, 65_535, 65_536, 200_000])('say the same of a message of %i bytes', (length) => {
    const payload = new Uint8Array(length).map((_, i) => i * 31);
    const long = frame(2, payload);
    const expected = [['binary', hex(payload)]];
    const header = long.length - length;
    for (let at = 1; at <= header + 5; at++) {
      expect(parse(role, [long.subarray(0, at), long.subarray(at)])).toEqual(expected);
    }
    const segments = Array.from({ length: Math.ceil(long.length / 1460) }, (_, i) =>
      long.subarray(i * 1460, (i + 1) * 1460),
    );
    expect(parse(role, segments)).toEqual(expected);
  });
});
