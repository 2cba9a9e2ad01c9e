import { describe, expect, it } from '@jest/globals';
import { concat, frameFor, parse, RecordingSink } from '@nestwire/test-support';
import { DEFAULT_MAX_FRAGMENTS, DEFAULT_MAX_MESSAGE_BYTES } from './frame-parser-options.js';
import { FrameParser } from './frame-parser.js';
import { Role } from '../role.js';
import { Violation } from '../violation.js';

const KIB = 1024;
const GIB = 1024 * 1024 * KIB;

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

describe.each([Role.Server, Role.Client])('Limits of a %s (RFC 6455 §10.4)', (role) => {
  const header = (announced: number, opcode = 2, fin = true) =>
    frameFor(role, { opcode, fin, announced: BigInt(announced) });

  describe('message size', () => {
    it.each([0, 1, 125, 126, 65_535, 65_536])('takes a message of %i bytes, which is the limit', (maxMessageBytes) => {
      const wire = frameFor(role, { opcode: 2, payload: new Uint8Array(maxMessageBytes) });
      expect(parse(role, [wire], { maxMessageBytes }).map(([kind]) => kind)).toEqual(['binary']);
    });

    it.each([0, 1, 125, 126, 65_535, 65_536])('refuses a longer one than %i by its header alone', (maxMessageBytes) => {
      const { sizes, allocate } = noting();
      expect(parse(role, [header(maxMessageBytes + 1)], { maxMessageBytes, allocate })).toEqual([
        ['violation', Violation.MessageTooBig],
      ]);
      expect(sizes).toEqual([]);
    });

    it('is counted over all fragments', () => {
      const fragment = (opcode: number, length: number, fin: boolean) =>
        frameFor(role, { opcode, fin, payload: new Uint8Array(length) });
      const start = concat(fragment(2, 4, false), fragment(0, 4, false));
      const limit = { maxMessageBytes: 10 };
      expect(parse(role, [concat(start, fragment(0, 2, true))], limit).map(([kind]) => kind)).toEqual(['binary']);
      expect(parse(role, [concat(start, header(3, 0))], limit)).toEqual([['violation', Violation.MessageTooBig]]);
    });

    it('is counted anew for each message', () => {
      const wire = frameFor(role, { opcode: 2, payload: new Uint8Array(8) });
      expect(parse(role, [concat(wire, wire, wire)], { maxMessageBytes: 8 })).toHaveLength(3);
    });

    it('is no matter for control frames', () => {
      const wire = frameFor(role, { opcode: 9, payload: new Uint8Array(125) });
      expect(parse(role, [wire], { maxMessageBytes: 8 }).map(([kind]) => kind)).toEqual(['ping']);
    });

    it('is 1 MiB by default', () => {
      expect(DEFAULT_MAX_MESSAGE_BYTES).toBe(1024 * KIB);
      expect(parse(role, [header(1024 * KIB)])).toEqual([]);
      expect(parse(role, [header(1024 * KIB + 1)])).toEqual([['violation', Violation.MessageTooBig]]);
    });

    it.each([2 ** 31, 2 ** 32, 2 ** 53, 2 ** 62])('is 2 GiB less one without a limit: %i is too much', (length) => {
      const options = { maxMessageBytes: Infinity };
      expect(parse(role, [header(2 ** 31 - 1)], options)).toEqual([]);
      expect(parse(role, [header(length)], options)).toEqual([['violation', Violation.MessageTooBig]]);
    });
  });

  describe('fragments', () => {
    const message = (count: number) =>
      concat(
        ...Array.from({ length: count }, (_, i) => frameFor(role, { opcode: i === 0 ? 2 : 0, fin: i === count - 1 })),
      );

    it.each([1, 2, 7])('takes a message of %i, which is the limit, and refuses one more', (maxFragments) => {
      expect(parse(role, [message(maxFragments)], { maxFragments })).toEqual([['binary', '']]);
      expect(parse(role, [message(maxFragments + 1)], { maxFragments })).toEqual([
        ['violation', Violation.TooManyFragments],
      ]);
    });

    it('are counted anew for each message, and control frames are none', () => {
      const wire = concat(
        message(2),
        frameFor(role, { opcode: 1, fin: false }),
        frameFor(role, { opcode: 9 }),
        frameFor(role, { opcode: 9 }),
        frameFor(role, { opcode: 0 }),
      );
      expect(parse(role, [wire], { maxFragments: 2 }).map(([kind]) => kind)).toEqual([
        'binary',
        'ping',
        'ping',
        'text',
      ]);
    });

    it('are 1024 by default', () => {
      expect(DEFAULT_MAX_FRAGMENTS).toBe(1024);
      expect(parse(role, [message(1024)])).toEqual([['binary', '']]);
      expect(parse(role, [message(1025)])).toEqual([['violation', Violation.TooManyFragments]]);
    });

    it('are without a limit where it is Infinity', () => {
      expect(parse(role, [message(5000)], { maxFragments: Infinity })).toEqual([['binary', '']]);
    });
  });

  describe('memory', () => {
    it('is not asked for by a message that lies whole in its chunk', () => {
      const { sizes, allocate } = noting();
      const wire = concat(
        frameFor(role, { opcode: 1, payload: 'whole' }),
        frameFor(role, { opcode: 9, payload: 'whole' }),
        frameFor(role, { opcode: 2, payload: new Uint8Array(70_000) }),
      );
      expect(parse(role, [wire], { allocate })).toHaveLength(3);
      expect(sizes).toEqual([]);
    });

    it('is 64 KiB for a header that promises a gigabyte', () => {
      const { sizes, allocate } = noting();
      expect(parse(role, [header(GIB)], { allocate, maxMessageBytes: Infinity })).toEqual([]);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(64 * KIB);
    });

    it('grows with what has come, not with what was promised', () => {
      const { sizes, allocate } = noting();
      const parser = new FrameParser(new RecordingSink(), { role, allocate, maxMessageBytes: Infinity });
      parser.parse(header(GIB));
      for (let received = 32 * KIB; received <= 1024 * KIB; received += 32 * KIB) {
        parser.parse(new Uint8Array(32 * KIB));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.max(64 * KIB, 2 * received));
      }
    });

    it('is one storage for all the small pieces of a message that fits it', () => {
      const { sizes, allocate } = noting();
      const wire = frameFor(role, { opcode: 2, payload: new Uint8Array(1000) });
      const pieces = Array.from({ length: 101 }, (_, i) => wire.subarray(i * 10, (i + 1) * 10));
      expect(parse(role, pieces, { allocate })).toHaveLength(1);
      expect(sizes).toEqual([1000]);
    });

    it('is never more than what the last header says is the whole message', () => {
      const { sizes, allocate } = noting();
      const wire = frameFor(role, { opcode: 2, payload: new Uint8Array(100_000) });
      expect(parse(role, [wire.subarray(0, 50_000), wire.subarray(50_000)], { allocate })).toHaveLength(1);
      expect(sizes).toEqual([100_000]);
    });

    it('is told while chunks are kept, and let go with the message', () => {
      const sink = new RecordingSink();
      const parser = new FrameParser(sink, { role });
      const wire = frameFor(role, { opcode: 2, payload: new Uint8Array(1024 * KIB) });
      for (let at = 0; at < wire.length; at += 64 * KIB) {
        const chunk = wire.slice(at, at + 64 * KIB);
        parser.parse(chunk);
        const received = Math.min(wire.length, at + 64 * KIB);
        if (received === wire.length) continue;
        expect(parser.heldBytes).toBeGreaterThanOrEqual(parser.unfinishedBytes);
        expect(parser.heldBytes).toBeLessThanOrEqual(2 * received);
      }
      expect(sink.calls).toHaveLength(1);
      expect(parser.heldBytes).toBe(0);
    });

    it('keeps no more than twice of a message of many small fragments', () => {
      const { sizes, allocate } = noting();
      const parser = new FrameParser(new RecordingSink(), { role, allocate });
      for (let i = 0; i < 1000; i++) {
        parser.parse(frameFor(role, { opcode: i === 0 ? 2 : 0, fin: false, payload: new Uint8Array(10) }));
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * 10_000);
      expect(sizes.length).toBeLessThan(20);
    });
  });
});
