import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FIN_BIT, MAX_HEADER_BYTES, Opcode, serializeFrame, serializeFrameHeader } from '@nestwire/protocol';
import { judge, type ParsedEvent, type Rules } from './oracle.js';
import { difference, parseChunks } from './parse-chunks.js';
import { LONG, SEED } from './run-length.js';
import { type Frame, frame, serialize } from '../wire/frame.js';
import { FrameReader } from '../wire/frame-reader.js';

const PARAMETERS = { numRuns: LONG ? 20_000 : 300, seed: SEED };
const TIMEOUT_MS = 300_000;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
/** Now and then a payload past the edges of the length's forms. */
const payload = fc.oneof(
  { weight: 8, arbitrary: bytes },
  { weight: 1, arbitrary: fc.integer({ min: 65_530, max: 65_540 }).map((size) => Buffer.alloc(size, 'ab')) },
);
const text = fc.string({ unit: 'binary', maxLength: 200 }).map((each) => Buffer.from(each));

const control = fc.record({ opcode: fc.constantFrom(9, 10), payload: fc.uint8Array({ maxLength: 125 }) });

/** A message, where it is cut, and what control frames stand behind each of its fragments. */
const message = fc.record({
  opcode: fc.constantFrom(1, 2),
  binary: payload,
  text,
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
  controls: fc.array(fc.array(control, { maxLength: 2 }), { maxLength: 7 }),
  compressed: fc.boolean(),
});

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** The frames of a message, and what must be reported of them. */
function framesOf(given: Message, compression: boolean): { readonly frames: Frame[]; readonly events: ParsedEvent[] } {
  const compressed = compression && given.compressed;
  const whole = given.opcode === 1 ? given.text : given.binary;
  const edges = [...given.cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  const frames: Frame[] = [];
  const events: ParsedEvent[] = [];
  edges.forEach((edge, i) => {
    const fin = i === edges.length - 1;
    const piece = whole.subarray(i === 0 ? 0 : edges[i - 1], edge);
    frames.push(frame(i === 0 ? given.opcode : 0, piece, { fin, rsv: i === 0 && compressed ? 4 : 0 }));
    if (fin) events.push({ kind: compressed ? 'compressed' : 'message', opcode: given.opcode, payload: whole });
    for (const { opcode, payload: body } of given.controls[i] ?? []) {
      frames.push(frame(opcode, body));
      events.push({ kind: opcode === 9 ? 'ping' : 'pong', payload: Buffer.from(body) });
    }
  });
  return { frames, events };
}

/** Edges of chunks: some anywhere, or every octet its own. */
function edgesOf(length: number, chops: readonly number[]): number[] {
  if (chops.length === 0) return length > 3000 ? [] : Array.from({ length }, (_, i) => i + 1);
  return chops.map((chop) => chop % (length + 1)).sort((a, b) => a - b);
}

describe.each([
  ['server', true],
  ['client', false],
])("A %s's parser (RFC 6455 §5)", (_, expectsMask) => {
  it(
    'reads any messages, in any fragments and chunks, with any control frames between, as they were sent',
    () => {
      fc.assert(
        fc.property(
          fc.array(message, { maxLength: 5 }),
          fc.array(fc.nat(), { maxLength: 20 }),
          fc.boolean(),
          fc.nat({ max: 3 }),
          (messages, chops, compression, pauses) => {
            const rules: Rules = { expectsMask, compression, maxMessageBytes: 1024 * 1024, maxFragments: 1024 };
            const sent = messages.map((each) => framesOf(each, compression));
            const stream = Buffer.concat(
              sent.flatMap(({ frames }) => frames.map((each) => serialize(each, expectsMask))),
            );
            const events = sent.flatMap((each) => each.events);
            const parsed = parseChunks(stream, edgesOf(stream.length, chops), rules, pauses);
            expect(difference(parsed, { events, end: 'open' }, stream.length)).toBeUndefined();
            // The oracle of the other tests is held to the same.
            const judged = { ...parsed, events: [...judge(stream, rules).events] };
            expect(difference(judged, { events, end: 'open' }, stream.length)).toBeUndefined();
          },
        ),
        PARAMETERS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'stops for good at any close frame, whatever comes behind',
    () => {
      const closing = fc.record({
        code: fc.oneof(fc.integer({ min: 3000, max: 4999 }), fc.constantFrom(1000, 1001, 1002, 1003, 1007, 1011, 1014)),
        reason: fc.string({ unit: 'grapheme', maxLength: 10 }).filter((each) => Buffer.byteLength(each) <= 123),
      });
      fc.assert(
        fc.property(
          message,
          closing,
          bytes,
          fc.array(fc.nat(), { maxLength: 10 }),
          (before, { code, reason }, rest, chops) => {
            const rules: Rules = { expectsMask, compression: false, maxMessageBytes: 1024 * 1024, maxFragments: 1024 };
            const { frames, events } = framesOf(before, false);
            const body = Buffer.concat([Buffer.of(code >>> 8, code & 0xff), Buffer.from(reason)]);
            const stream = Buffer.concat([
              ...[...frames, frame(8, body)].map((each) => serialize(each, expectsMask)),
              rest,
            ]);
            const close: ParsedEvent = { kind: 'close', code, payload: Buffer.from(reason) };
            const parsed = parseChunks(stream, edgesOf(stream.length, chops), rules);
            expect(difference(parsed, { events: [...events, close], end: 'closed' }, stream.length)).toBeUndefined();
          },
        ),
        PARAMETERS,
      );
    },
    TIMEOUT_MS,
  );
});

describe.each([
  ['server', undefined],
  ['client', fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })],
])("A %s's serializer (RFC 6455 §5.2)", (_, keys) => {
  it('writes any frame so that a strict reader gets it back, and leaves the payload as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(Opcode)),
        payload,
        fc.boolean(),
        keys ?? fc.constant(undefined),
        (opcode, body, fin, maskingKey) => {
          const before = Buffer.from(body);
          const reader = new FrameReader(maskingKey !== undefined);
          const header = maskingKey === undefined ? { opcode, fin } : { opcode, fin, maskingKey };
          reader.push(Buffer.from(serializeFrame(header, body)));
          expect(body.equals(before)).toBe(true);
          const read = reader.next();
          expect({ ...read, payload: undefined }).toEqual({ fin, rsv: 0, opcode, payload: undefined });
          expect(read?.payload.equals(before)).toBe(true);
          expect(reader.unread).toBe(0);
        },
      ),
      PARAMETERS,
    );
  });

  it('writes any length that there is in the shortest form', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.maxSafeNat(), fc.nat({ max: 70_000 }), fc.constantFrom(125, 126, 127, 0xffff, 0x1_0000, 2 ** 32)),
        (length) => {
          const out = Buffer.alloc(MAX_HEADER_BYTES);
          const end = serializeFrameHeader(out, 0, FIN_BIT | Opcode.Binary, length);
          expect(end).toBe(length < 126 ? 2 : length < 0x1_0000 ? 4 : 10);
          const read =
            end === 2 ? BigInt(out.readUInt8(1)) : end === 4 ? BigInt(out.readUInt16BE(2)) : out.readBigUInt64BE(2);
          expect(read).toBe(BigInt(length));
        },
      ),
      PARAMETERS,
    );
  });
});
