import { describe, expect, it } from '@jest/globals';
import {
  buildFrame,
  bytes,
  concat,
  frameFor,
  hex,
  MASKING_KEY,
  parse,
  RecordingSink,
  utf8,
} from '@nestwire/test-support';
import { FrameParser } from './frame-parser.js';
import { Opcode } from '../opcode.js';
import { Role } from '../role.js';

const ROLES = [Role.Server, Role.Client];

describe('Examples of the RFC (RFC 6455 §5.7)', () => {
  it.each([
    ['a text message', Role.Client, '81 05 48 65 6c 6c 6f', [['text', 'Hello']]],
    ['a masked text message', Role.Server, '81 85 37 fa 21 3d 7f 9f 4d 51 58', [['text', 'Hello']]],
    ['a fragmented text message', Role.Client, '01 03 48 65 6c 80 02 6c 6f', [['text', 'Hello']]],
    ['a ping', Role.Client, '89 05 48 65 6c 6c 6f', [['ping', '48 65 6c 6c 6f']]],
    ['a masked pong', Role.Server, '8a 85 37 fa 21 3d 7f 9f 4d 51 58', [['pong', '48 65 6c 6c 6f']]],
  ])('%s', (_name, role, wire, calls) => {
    expect(parse(role, [bytes(wire)])).toEqual(calls);
  });

  it('the frame of the notes', () => {
    const wire = bytes(
      '81 b9 a0 fe 8b 23 db f4 ab 03 80 de a9 56 d3 9b f9 6a c4 dc b1 03 91 ce bb 13 91 d2 81 03 80 de ' +
        'ab 01 c3 91 ef 46 82 c4 ab 12 90 ce ba 0f aa de ab 03 80 dc ef 42 d4 9f a9 19 80 85 f6 29 dd',
    );
    const text = JSON.stringify({ userId: 10001, code: 1001, data: {} }, null, 4);
    expect(parse(Role.Server, [wire])).toEqual([['text', text]]);
    expect(utf8(text)).toHaveLength(57);
  });
});

describe.each(ROLES)('Frames that a %s receives (RFC 6455 §5.2)', (role) => {
  it.each<[number, 7 | 16 | 64]>([
    [0, 7],
    [1, 7],
    [125, 7],
    [126, 16],
    [127, 16],
    [65_535, 16],
    [65_536, 64],
  ])('reads %i bytes of payload, the length in %i bits', (length, lengthBits) => {
    const payload = new Uint8Array(length).map((_, i) => i * 31);
    expect(parse(role, [frameFor(role, { opcode: 2, payload, lengthBits })])).toEqual([['binary', hex(payload)]]);
  });

  it('reads text, and says whether it is all ASCII', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    for (const payload of ['ascii', 'µ', '', 'a'.repeat(300), `${'a'.repeat(299)}é`]) {
      parser.parse(frameFor(role, { opcode: 1, payload }));
    }
    expect(sink.calls.map(([kind]) => kind)).toEqual(['text', 'text', 'text', 'text', 'text']);
    expect(sink.ascii).toEqual([true, false, true, true, false]);
  });

  it('keeps a byte order mark and a NUL: they are text as any other', () => {
    const text = '\ufeffa\u0000b';
    expect(parse(role, [frameFor(role, { opcode: 1, payload: text })])).toEqual([['text', text]]);
  });

  it('reads one frame after the other', () => {
    const wire = concat(
      frameFor(role, { opcode: 1, payload: 'a' }),
      frameFor(role, { opcode: 2, payload: bytes('ff 00') }),
      frameFor(role, { opcode: 9 }),
      frameFor(role, { opcode: 1, payload: 'b' }),
    );
    expect(parse(role, [wire])).toEqual([
      ['text', 'a'],
      ['binary', 'ff 00'],
      ['ping', ''],
      ['text', 'b'],
    ]);
  });
});

describe('Masking (RFC 6455 §5.3)', () => {
  it('reads payloads at every alignment, short and long', () => {
    for (const length of [255, 256, 257, 258, 259, 1000]) {
      const payload = new Uint8Array(length).map((_, i) => i * 31);
      for (let before = 0; before < 8; before++) {
        const wire = concat(
          buildFrame({ opcode: 9, payload: 'x'.repeat(before), maskingKey: MASKING_KEY }),
          buildFrame({ opcode: 2, payload, maskingKey: 'a0 fe 8b 23' }),
        );
        expect(parse(Role.Server, [wire])).toContainEqual(['binary', hex(payload)]);
      }
    }
  });

  it('unmasks in place the bytes of the frames that have come, and no others', () => {
    const storage = concat(
      bytes('ee ee ee'),
      buildFrame({ opcode: 1, payload: 'Hello', maskingKey: MASKING_KEY }),
      buildFrame({ opcode: 2, payload: new Uint8Array(300).fill(7), maskingKey: MASKING_KEY }),
      bytes('81 85 37 fa 21 ee ee'),
    );
    const before = storage.slice();
    new FrameParser(new RecordingSink(), { role: Role.Server }).parse(storage.subarray(3, -2));

    const changed = [...storage.keys()].filter((i) => storage[i] !== before[i]);
    const hello = { from: 3 + 6, to: 3 + 6 + 5 };
    const binary = { from: hello.to + 8, to: hello.to + 8 + 300 };
    expect(changed.every((i) => (i >= hello.from && i < hello.to) || (i >= binary.from && i < binary.to))).toBe(true);
    expect(hex(storage.subarray(hello.from, hello.to))).toBe(hex(utf8('Hello')));
    expect(storage.subarray(binary.from, binary.to).every((byte) => byte === 7)).toBe(true);
  });

  it('leaves the bytes that a client receives as they are', () => {
    const wire = buildFrame({ opcode: 1, payload: 'Hello' });
    const before = wire.slice();
    new FrameParser(new RecordingSink(), { role: Role.Client }).parse(wire);
    expect(wire).toEqual(before);
  });
});

describe.each(ROLES)('Fragmentation, received by a %s (RFC 6455 §5.4)', (role) => {
  const frame = (opcode: number, fin: boolean, payload = '') => frameFor(role, { opcode, fin, payload });

  it.each([
    ['two fragments', [frame(1, false, 'Hel'), frame(0, true, 'lo')], 'Hello'],
    ['empty first', [frame(1, false), frame(0, true, 'Hello')], 'Hello'],
    ['empty between', [frame(1, false, 'Hel'), frame(0, false), frame(0, false), frame(0, true, 'lo')], 'Hello'],
    ['empty last', [frame(1, false, 'Hello'), frame(0, true)], 'Hello'],
    ['all empty', [frame(1, false), frame(0, false), frame(0, true)], ''],
  ])('puts a message together: %s', (_name, frames, text) => {
    expect(parse(role, [concat(...frames)])).toEqual([['text', text]]);
    expect(parse(role, frames)).toEqual([['text', text]]);
  });

  it('knows a fragmented message by the opcode of its first frame', () => {
    expect(parse(role, [concat(frame(2, false, 'Hel'), frame(0, true, 'lo'))])).toEqual([
      ['binary', hex(utf8('Hello'))],
    ]);
  });

  it('says whether a fragmented text is all ASCII', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    parser.parse(concat(frame(1, false, 'a'), frame(0, true, 'b')));
    parser.parse(concat(frame(1, false, 'é'), frame(0, true, 'b')));
    parser.parse(concat(frame(1, false, 'a'), frame(0, true, 'é')));
    parser.parse(concat(frame(1, false, 'a'), frame(0, true, 'b')));
    expect(sink.ascii).toEqual([true, false, false, true]);
  });

  it('takes control frames between fragments, at once', () => {
    const wire = concat(
      frame(1, false, 'H'),
      frame(9, true, 'one'),
      frame(0, false, 'ell'),
      frame(10, true),
      frame(9, true, 'two'),
      frame(0, true, 'o'),
    );
    expect(parse(role, [wire])).toEqual([
      ['ping', hex(utf8('one'))],
      ['pong', ''],
      ['ping', hex(utf8('two'))],
      ['text', 'Hello'],
    ]);
  });

  it('takes a close frame between fragments', () => {
    const wire = concat(frame(1, false, 'H'), frameFor(role, { opcode: 8, payload: bytes('03 e8') }));
    expect(parse(role, [wire])).toEqual([['close', 1000, '']]);
  });

  it('says whether a message is unfinished', () => {
    const parser = new FrameParser(new RecordingSink(), { role });
    const seen = [parser.hasUnfinishedMessage];
    for (const piece of [
      frame(1, false, 'a'),
      frame(9, true),
      frame(0, true, 'b'),
      frame(1, true, 'cc').subarray(0, -1),
    ]) {
      parser.parse(piece);
      seen.push(parser.hasUnfinishedMessage);
    }
    expect(seen).toEqual([false, true, true, false, true]);
  });

  it('hands out storage that it never writes to again', () => {
    const kept: Uint8Array[] = [];
    const sink = new RecordingSink();
    sink.onMessage = (_opcode, data, start, end) => kept.push(data.subarray(start, end));
    const parser = new FrameParser(sink, { role });
    for (const text of ['one', 'two']) parser.parse(concat(frame(2, false, text), frame(0, true, text)));
    expect(kept.map((message) => Buffer.from(message).toString())).toEqual(['oneone', 'twotwo']);
  });
});

describe.each(ROLES)('Control frames that a %s receives (RFC 6455 §5.5)', (role) => {
  it.each([
    ['ping', Opcode.Ping],
    ['pong', Opcode.Pong],
  ])('reads a %s of 0 to 125 bytes', (kind, opcode) => {
    for (const length of [0, 1, 124, 125]) {
      const payload = new Uint8Array(length).fill(0xff);
      expect(parse(role, [frameFor(role, { opcode, payload })])).toEqual([[kind, hex(payload)]]);
    }
  });

  it.each([
    ['', 1005, ''],
    ['03 e8', 1000, ''],
    ['03 e9 67 6f 6e 65', 1001, 'gone'],
    ['0f a0 c3 a9', 4000, 'é'],
    ['13 87', 4999, ''],
  ])('reads a close frame of the body "%s" (§5.5.1)', (body, code, reason) => {
    expect(parse(role, [frameFor(role, { opcode: 8, payload: bytes(body) })])).toEqual([['close', code, reason]]);
  });

  it('reads a close reason of 123 bytes', () => {
    const payload = concat(bytes('03 e8'), utf8('r'.repeat(123)));
    expect(parse(role, [frameFor(role, { opcode: 8, payload })])).toEqual([['close', 1000, 'r'.repeat(123)]]);
  });

  it('accepts the close codes that may be received, and no others (§7.4)', () => {
    const accepted: number[] = [];
    for (let code = 0; code <= 5000; code++) {
      const [call] = parse(role, [frameFor(role, { opcode: 8, payload: Uint8Array.of(code >> 8, code & 0xff) })]);
      if (call?.[0] === 'close') accepted.push(call[1]);
    }
    const allowed = (code: number) =>
      [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].includes(code) ||
      (code >= 3000 && code <= 4999);
    expect(accepted).toEqual(Array.from({ length: 5001 }, (_, code) => code).filter(allowed));
  });

  it('reports nothing behind a close frame', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    const wire = concat(
      frameFor(role, { opcode: 1, payload: 'before' }),
      frameFor(role, { opcode: 8, payload: bytes('03 e8') }),
      frameFor(role, { opcode: 1, payload: 'behind' }),
      bytes('ff ff ff'),
    );
    expect(parser.parse(wire)).toBe(wire.length);
    expect(parser.parse(frameFor(role, { opcode: 9 }))).toBe(frameFor(role, { opcode: 9 }).length);
    expect(sink.calls).toEqual([
      ['text', 'before'],
      ['close', 1000, ''],
    ]);
  });
});
