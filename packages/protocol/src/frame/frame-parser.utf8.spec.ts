import { describe, expect, it } from '@jest/globals';
import { bytes, concat, frameFor, hex, parse, RecordingSink, utf8 } from '@nestwire/test-support';
import { FrameParser } from './frame-parser.js';
import { Role } from '../role.js';
import { Violation } from '../violation.js';

const VIOLATION = ['violation', Violation.InvalidUtf8];

/** Bytes that could go on, and the first with which they can't. */
const IMPOSSIBLE: readonly [possible: string, impossible: string][] = [
  ['', '80'],
  ['', 'c0'],
  ['', 'f5'],
  ['', 'ff'],
  ['c2', '41'],
  ['e0', '9f'],
  ['ed', 'a0'],
  ['f0', '8f'],
  ['f4', '90'],
  ['e2 82', '41'],
  ['f0 9f 98', 'c3'],
  ['ce ba e1 bd b9 cf 83 ce bc ce b5', 'f8'],
  ['48 65 6c 6c 6f', 'fe'],
];

describe.each([Role.Server, Role.Client])('Text that a %s receives must be UTF-8 (RFC 6455 §8.1)', (role) => {
  describe.each(IMPOSSIBLE)('"%s" and then %s', (possible, impossible) => {
    const good = bytes(possible);
    const bad = bytes(impossible);
    const tail = utf8('and what would have followed');

    it('fails on that byte, before the frame is complete', () => {
      const sink = new RecordingSink();
      const parser = new FrameParser(sink, { role });
      const frame = frameFor(role, { opcode: 1, payload: concat(good, bad, tail) });
      const badAt = frame.length - tail.length - 1;
      for (const byte of frame.subarray(0, badAt)) parser.parse(Uint8Array.of(byte));
      expect(sink.calls).toEqual([]);
      parser.parse(frame.slice(badAt, badAt + 1));
      expect(sink.calls).toEqual([VIOLATION]);
    });

    it('fails on that byte in a later fragment, before the frame is complete', () => {
      const sink = new RecordingSink();
      const parser = new FrameParser(sink, { role });
      parser.parse(frameFor(role, { opcode: 1, fin: false, payload: good }));
      parser.parse(frameFor(role, { opcode: 0, fin: false }));
      const frame = frameFor(role, { opcode: 0, payload: concat(bad, tail) });
      const badAt = frame.length - tail.length - 1;
      parser.parse(frame.slice(0, badAt));
      expect(sink.calls).toEqual([]);
      parser.parse(frame.slice(badAt, badAt + 1));
      expect(sink.calls).toEqual([VIOLATION]);
    });

    it('is no matter for binary', () => {
      const payload = concat(good, bad, tail);
      expect(parse(role, [frameFor(role, { opcode: 2, payload })])).toEqual([['binary', hex(payload)]]);
    });
  });

  it.each(['c2', 'e2 82', 'f0 9f 98', '41 e2'])('fails when a message ends within a character: %s', (cut) => {
    const payload = bytes(cut);
    expect(parse(role, [frameFor(role, { opcode: 1, payload })])).toEqual([VIOLATION]);

    const open = frameFor(role, { opcode: 1, fin: false, payload });
    expect(parse(role, [open])).toEqual([]);
    expect(parse(role, [open, frameFor(role, { opcode: 9 })])).toEqual([['ping', '']]);
    expect(parse(role, [open, frameFor(role, { opcode: 0 })])).toEqual([VIOLATION]);
  });

  it('follows each message from its own beginning', () => {
    const calls = parse(role, [
      frameFor(role, { opcode: 2, payload: bytes('e2 82') }),
      frameFor(role, { opcode: 1, payload: 'é' }),
      frameFor(role, { opcode: 2, payload: bytes('ff') }),
      frameFor(role, { opcode: 1, payload: 'x' }),
    ]);
    expect(calls).toEqual([
      ['binary', 'e2 82'],
      ['text', 'é'],
      ['binary', 'ff'],
      ['text', 'x'],
    ]);
  });

  it('finds one wrong byte anywhere in a long text', () => {
    for (const wrongAt of [0, 1, 3, 4, 255, 256, 257, 998, 999]) {
      const payload = utf8('a'.repeat(1000));
      payload[wrongAt] = 0xff;
      expect(parse(role, [frameFor(role, { opcode: 1, payload })])).toEqual([VIOLATION]);
    }
  });
});

describe.each([Role.Server, Role.Client])('A close frame that a %s receives (RFC 6455 §5.5.1)', (role) => {
  it('fails on its code as soon as that has come', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    const frame = frameFor(role, { opcode: 8, payload: concat(bytes('03 ed'), utf8('reason')) });
    const codeEnd = frame.length - 'reason'.length;
    parser.parse(frame.slice(0, codeEnd - 1));
    expect(sink.calls).toEqual([]);
    parser.parse(frame.slice(codeEnd - 1, codeEnd));
    expect(sink.calls).toEqual([['violation', Violation.InvalidCloseCode]]);
  });

  it('fails on its reason at the first impossible byte', () => {
    const sink = new RecordingSink();
    const parser = new FrameParser(sink, { role });
    const frame = frameFor(role, { opcode: 8, payload: bytes('03 e8 41 ed a0 80 41') });
    const badAt = frame.length - 3;
    parser.parse(frame.slice(0, badAt));
    expect(sink.calls).toEqual([]);
    parser.parse(frame.slice(badAt, badAt + 1));
    expect(sink.calls).toEqual([['violation', Violation.InvalidCloseReason]]);
  });

  it('does not take part in the UTF-8 of the text that it comes between', () => {
    const calls = parse(role, [
      frameFor(role, { opcode: 1, fin: false, payload: bytes('e2 82') }),
      frameFor(role, { opcode: 9, payload: bytes('ff ff') }),
      frameFor(role, { opcode: 8, payload: bytes('03 e8 c3 a9') }),
    ]);
    expect(calls).toEqual([
      ['ping', 'ff ff'],
      ['close', 1000, 'é'],
    ]);
  });
});
